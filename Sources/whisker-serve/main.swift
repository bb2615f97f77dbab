// The program of `whisker serve`: `whisker-serve SETTINGS` serves predictions over HTTP until a signal ends it. It is a program of
// its own so that the tool starts without the server's libraries.
import Glibc
import WhiskerCore
import WhiskerServing

let arguments = commandLineWords()
guard arguments.count == 2,
  let settings = try? StableJSON.decode(ServerSettings.self, from: arguments[1])
else {
  Output.fail("whisker-serve is started by whisker serve")
}
EndingSignals.restore()
signal(SIGPIPE, SIG_IGN)
reportAllocationFailures(
  """
  whisker: out of memory: the machine, the container or ulimit -v has no more. Use fewer --workers, or a smaller \
  --max-body or --max-pixels

  """)
let signals = StopSignals()
do {
  let served = try ServedModel(settings)
  let server = Server(served.model, served.queue, settings)
  try Listening.start(server, model: printable(served.model.path), settings)
  signals.serve(server, seconds: settings.limits.seconds)
} catch {
  Output.fail("\(error)")
}
