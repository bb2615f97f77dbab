import FoundationEssentials
import Glibc
import WhiskerTensor

/// The page of a run as it is on disk, and as it is shown: with a script that keeps it new.
struct LivePage: Sendable {
  private let path: String

  init(path: String) { self.path = path }

  /// Tells one writing of the page from another; nil where there is no page yet.
  var version: String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return "\"\(status.st_ino)-\(status.st_mtim.tv_sec)-\(status.st_mtim.tv_nsec)-\(status.st_size)\""
  }

  /// The file; nil where it cannot be read.
  var file: [UInt8]? { try? FileBytes.read(path, limit: 64 << 20) }

  /// The page with the script, or one that waits for it.
  var live: String {
    guard let file else { return Self.waiting }
    let page = String(decoding: file, as: UTF8.self)
    // The file lets no script run; what may run here, the server says.
    guard let policy = page.range(of: Self.policyStart),
      let end = page[policy.upperBound...].firstIndex(of: ">")
    else { return page }
    return page[..<policy.lowerBound] + Self.tag + page[page.index(after: end)...]
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
