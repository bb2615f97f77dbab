import Foundation

let arguments = CommandLine.arguments.dropFirst()
guard let runs = arguments.first, let folder = arguments.last, arguments.count == 2, !runs.hasPrefix("-")
else {
  complain("usage: draw-dropout RUNS FOLDER (scripts/dropout-figures makes RUNS)")
  exit(2)
}

do {
  let sets = try MeasuredSet.all(in: runs)
  let noise = try NoiseRuns(runs + "/noise")
  let files = [
    ("dropout-overfitting.svg", overfitting(sets).text),
    ("dropout-rates.svg", rates(sets).text),
    ("dropout-methods.svg", methods(sets).text),
    ("dropout-noise.svg", noise.figure.text),
    ("dropout-epochs.csv", epochTable(sets)),
    ("dropout-rates.csv", rateTable(sets)),
    ("dropout-methods.csv", methodTable(sets)),
    ("dropout-noise.csv", noise.table),
    ("dropout-time.csv", try timeTable(runs + "/time")),
    ("dropout-scale.csv", scaleTable()),
  ]
  for (name, text) in files { try write(text, to: folder + "/" + name) }
} catch {
  complain("draw-dropout: \(error)")
  exit(1)
}

func complain(_ message: String) {
  FileHandle.standardError.write(Data((message + "\n").utf8))
}
