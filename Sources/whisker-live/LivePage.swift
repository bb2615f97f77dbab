import Glibc
import WhiskerCore

/// The report of a run, as the file on disk and as the live page, which adds a script that refreshes it. The run may belong to
/// another user. A symbolic link in place of the report is refused: it would make any file readable for every user of the
/// machine.
struct LivePage: Sendable {
  private let path: String

  init(path: String) { self.path = path }

  /// The entity tag of the file; nil if there is no report yet.
  var version: String? {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return "\"\(status.st_ino)-\(status.st_mtim.tv_sec)-\(status.st_mtim.tv_nsec)-\(status.st_size)\""
  }

  /// The file; nil if it is unreadable.
  var file: [UInt8]? { try? FileBytes.read(path, limit: 64 << 20, followsLinks: false) }

  /// The page with the script, or a placeholder that waits for the report.
  var live: [UInt8] {
    guard let file else { return Array(Self.waiting.utf8) }
    // The policy of the file forbids all scripts; the server sends its own policy.
    guard let policy = Self.policy(in: file) else { return file }
    return file[..<policy.lowerBound] + Array(Self.tag.utf8) + file[policy.upperBound...]
  }

  /// The place of the policy in the page.
  private static func policy(in page: [UInt8]) -> Range<Int>? {
    // The policy is one of the first elements.
    let start = page.prefix(4096).firstRange(of: Array(policyStart.utf8))?.lowerBound
    guard let start, let end = page[start...].firstIndex(of: UInt8(ascii: ">")) else { return nil }
    return start..<end + 1
  }

  /// The policy of the live page: that of the file, plus our script and its requests for the file.
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
    <body data-waiting="data-waiting"><main><p>The run has no report yet. It appears during the first epoch.</p></main></body>
    </html>

    """

  /// Requests the report every second and replaces the content in place, without a reload, so that nothing flickers and the
  /// scroll position is kept.
  static let script = """
    "use strict";
    let version = null;
    const badge = document.createElement("p");
    badge.setAttribute("role", "status");
    badge.style.cssText = "position:fixed;right:1rem;bottom:1rem;margin:0;padding:.25rem .75rem;border-radius:1rem;" +
      "font:.8125rem/1.5 system-ui,sans-serif;background:CanvasText;color:Canvas";
    document.body.append(badge);

    function show(words) {
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

    async function poll() {
      try {
        const headers = version ? {"If-None-Match": version} : {};
        const response = await fetch("/report.html", {cache: "no-store", headers});
        if (response.status === 200) {
          const text = await response.text();
          replace(text);
          version = response.headers.get("ETag");
        }
        show(document.querySelector(".progress") ? "live" : "");
      } catch {
        show("disconnected, showing the last state");
      }
      setTimeout(poll, 1000);
    }
    poll();

    """
}
