import Glibc
import WhiskerTensor

/// The page of a run as it is on disk, and as it is shown: with a script that keeps it new. The run may be somebody
/// else's, and a symbolic link in the page's place is no page: anybody on the machine would read what it leads to.
struct LivePage: Sendable {
  private let path: String

  init(path: String) { self.path = path }

  /// Tells one writing of the page from another; nil where there is no page yet.
  var version: String? {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return "\"\(status.st_ino)-\(status.st_mtim.tv_sec)-\(status.st_mtim.tv_nsec)-\(status.st_size)\""
  }

  /// The file; nil where it cannot be read.
  var file: [UInt8]? { try? FileBytes.read(path, limit: 64 << 20, followsLinks: false) }

  /// The page with the script, or one that waits for it.
  var live: [UInt8] {
    guard let file else { return Array(Self.waiting.utf8) }
    // The file lets no script run; what may run here, the server says.
    guard let policy = Self.policy(in: file) else { return file }
    return file[..<policy.lowerBound] + Array(Self.tag.utf8) + file[policy.upperBound...]
  }

  /// Where the page has its own policy.
  private static func policy(in page: [UInt8]) -> Range<Int>? {
    // It is one of the first elements.
    let start = page.prefix(4096).firstRange(of: Array(policyStart.utf8))?.lowerBound
    guard let start, let end = page[start...].firstIndex(of: UInt8(ascii: ">")) else { return nil }
    return start..<end + 1
  }

  /// What the shown page may do: what the file may, and run our script, which asks for the file.
  static let policy =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'"

  private static let policyStart = #"<meta http-equiv="Content-Security-Policy""#
  private static let tag = #"<script src="/live.js" defer="defer"></script>"#

  private static let waiting = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <meta name="color-scheme" content="light dark"/>
    <title>Whisker</title>
    \(tag)
    <style>body{font:1rem/1.5 system-ui,sans-serif;margin:3rem auto;max-width:30rem;padding:0 1rem}</style>
    </head>
    <body data-waiting="data-waiting"><main><p>The run has no report yet. It appears here when the first epoch is under way.</p></main></body>
    </html>

    """

  /// Asks for the page every second, and puts what is new in the place of what is old: nothing is loaded anew, so
  /// that nothing flickers and the reader stays where they are.
  static let script = """
    "use strict";
    let version = null;
    const badge = document.createElement("p");
    badge.setAttribute("role", "status");
    badge.style.cssText = "position:fixed;right:1rem;bottom:1rem;margin:0;padding:.25rem .75rem;border-radius:1rem;" +
      "font:.8125rem/1.5 system-ui,sans-serif;background:CanvasText;color:Canvas";
    document.body.append(badge);

    function tell(words) {
      if (badge.textContent !== words) badge.textContent = words;
      badge.hidden = words === "";
    }

    function replace(text) {
      if (document.body.dataset.waiting) return location.reload();
      const page = new DOMParser().parseFromString(text, "text/html");
      const [old, fresh] = [document.querySelector("main"), page.querySelector("main")];
      if (!fresh) return;
      const places = [...old.querySelectorAll(".scroll")].map(box => box.scrollLeft);
      const top = scrollY;
      old.replaceChildren(...fresh.childNodes);
      old.querySelectorAll(".scroll").forEach((box, index) => { box.scrollLeft = places[index] || 0; });
      scrollTo({top, behavior: "instant"});
      document.title = page.title;
    }

    async function look() {
      try {
        const headers = version ? {"If-None-Match": version} : {};
        const answer = await fetch("/report.html", {cache: "no-store", headers});
        if (answer.status === 200) {
          const text = await answer.text();
          replace(text);
          version = answer.headers.get("ETag");
        }
        tell(document.querySelector(".progress") ? "live" : "");
      } catch {
        tell("no longer connected: this is the last state");
      }
      setTimeout(look, 1000);
    }
    look();

    """
}
