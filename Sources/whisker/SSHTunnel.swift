import Glibc
import WhiskerTensor
import WhiskerTraining

/// How a page on this machine's loopback is seen from where the user sits, where that is another machine.
enum SSHTunnel {
  /// The lines that say it; none where nobody came over ssh.
  /// - Parameter address: The page's: "http://127.0.0.1:40123/".
  static func lines(to address: String) -> [String] {
    guard let connection = Terminal.variable("SSH_CONNECTION"), let command = command(to: address, connection)
    else { return [] }
    return ["Over ssh  on your own machine: \(command), then open \(address)"]
  }

  /// - Parameter connection: The client's address and port, and the server's.
  private static func command(to address: String, _ connection: String) -> String? {
    let ends = connection.split(separator: " ")
    guard ends.count == 4, let port = address.split(separator: ":").last?.prefix(while: \.isNumber) else {
      return nil
    }
    let user = (Terminal.variable("USER") ?? Terminal.variable("LOGNAME")).map { $0 + "@" } ?? ""
    let sshPort = ends[3] == "22" ? [] : ["-p", String(ends[3])]
    let words = ["ssh", "-N", "-L", "\(port):127.0.0.1:\(port)"] + sshPort + ["\(user)\(ends[2])"]
    return ShellWords(words).text
  }
}
