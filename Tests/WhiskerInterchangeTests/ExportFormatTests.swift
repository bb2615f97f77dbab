import Testing
import WhiskerInterchange

@Suite struct ExportFormatTests {
  @Test(arguments: [
    ("a.onnx", ExportFormat.onnx), ("A.ONNX", .onnx), ("x/y.mlmodel", .coreML), ("a.pb", nil), ("onnx", nil),
  ])
  func theEndingTellsTheFormat(_ path: String, _ format: ExportFormat?) {
    #expect(ExportFormat(path: path)?.name == format?.name)
  }
}
