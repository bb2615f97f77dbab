/// The page to drop pictures on. Everything it needs comes from the server, by relative addresses, so that it also works below a
/// path of a reverse proxy.
enum DropPage {
  static let policy =
    "default-src 'none'; img-src blob: data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
    + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

  static let text = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Whisker</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="page.css">
    <script src="page.js" defer></script>
    </head>
    <body>
    <main>
    <h1>Classify pictures</h1>
    <label id="drop">
    <input id="files" type="file" accept="image/*" multiple>
    <strong>Choose pictures</strong>
    <span>or drop or paste them</span>
    </label>
    <p id="status" role="status"></p>
    <ul id="results"></ul>
    </main>
    </body>
    </html>

    """

  static let style = """
    :root { --line: #8886; --accent: #2563eb; --soft: #2563eb1f; --bad: #b42318; }
    @media (prefers-color-scheme: dark) { :root { --accent: #7aa7ff; --soft: #7aa7ff33; --bad: #ff9b8f; } }
    * { box-sizing: border-box; }
    body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText; }
    main { max-width: 64rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
    h1 { font-size: 1.5rem; margin: 0 0 1rem; }
    #drop { display: flex; flex-direction: column; align-items: center; justify-content: center; gap: .25rem;
      min-height: 9rem; padding: 1rem; border: 2px dashed var(--line); border-radius: .75rem; cursor: pointer;
      text-align: center; }
    #drop:hover, #drop.over { border-color: var(--accent); background: var(--soft); }
    #drop:focus-within { outline: 3px solid var(--accent); outline-offset: 2px; }
    #drop strong { color: var(--accent); }
    #files { position: absolute; width: 1px; height: 1px; opacity: 0; }
    #status { min-height: 1.5rem; margin: .75rem 0; }
    #results { list-style: none; margin: 0; padding: 0; display: grid; gap: 1rem;
      grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)); }
    #results li { align-self: start; border: 1px solid var(--line); border-radius: .75rem; overflow: hidden; }
    #results img { display: block; width: 100%; height: 11rem; object-fit: contain; background: #8882; }
    .text { padding: .75rem 1rem 1rem; }
    .name { margin: 0 0 .5rem; font-size: .875rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .answer { margin: 0 0 .5rem; font-weight: 600; overflow-wrap: anywhere; }
    .error { margin: 0; color: var(--bad); overflow-wrap: anywhere; }
    dl { display: grid; grid-template-columns: minmax(0, 1fr) 5rem max-content; gap: .25rem .5rem; margin: 0;
      font-size: .875rem; align-items: center; }
    dt { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    dd { margin: 0; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
    meter { width: 100%; height: .75rem; }

    """

  /// Sends the pictures one by one, a few at a time, and shows each answer as it comes.
  static let script = """
    "use strict";
    const drop = document.querySelector("#drop");
    const input = document.querySelector("#files");
    const status = document.querySelector("#status");
    const results = document.querySelector("#results");
    const waiting = [];
    let sending = 0, done = 0, total = 0;

    function element(name, className, text) {
      const node = document.createElement(name);
      if (className) node.className = className;
      if (text !== undefined) node.textContent = text;
      return node;
    }

    function percent(value) { return (100 * value).toFixed(1) + " %"; }

    function show(card, answer) {
      if (answer.error) return card.append(element("p", "error", answer.error));
      const best = answer.top[0];
      card.append(element("p", "answer", answer.abstained ? "Not sure: " + best.label + "?" : best.label));
      const list = element("dl");
      for (const candidate of answer.top) {
        const bar = element("meter");
        bar.value = candidate.probability;
        bar.setAttribute("aria-hidden", "true");
        const cell = element("dd");
        cell.append(bar);
        list.append(element("dt", "", candidate.label), cell, element("dd", "", percent(candidate.probability)));
      }
      card.append(list);
    }

    async function ask(file) {
      for (let attempt = 0; ; attempt++) {
        let response;
        try {
          response = await fetch("predict?top_k=5", {method: "POST", body: file});
        } catch {
          return {error: "The server cannot be reached."};
        }
        if (response.status !== 503 || attempt === 20) {
          return response.json().catch(() => ({error: "The server answered " + response.status + "."}));
        }
        await new Promise(resume => setTimeout(resume, 1000 * (Number(response.headers.get("Retry-After")) || 1)));
      }
    }

    async function next() {
      if (sending >= 4 || waiting.length === 0) return;
      const {file, card} = waiting.shift();
      sending++;
      show(card, await ask(file));
      sending--;
      done++;
      report();
      next();
    }

    function report() {
      const words = total === 1 ? " picture" : " pictures";
      status.textContent = done < total ? done + " of " + total + words : total + words;
    }

    function add(files) {
      if (files.length === 0) return;
      for (const file of files) {
        const item = element("li");
        const image = element("img");
        image.alt = "";
        image.src = URL.createObjectURL(file);
        image.addEventListener("load", () => URL.revokeObjectURL(image.src));
        image.addEventListener("error", () => { URL.revokeObjectURL(image.src); image.remove(); });
        const card = element("div", "text");
        const name = element("p", "name", file.name);
        name.title = file.name;
        card.append(name);
        item.append(image, card);
        results.prepend(item);
        waiting.push({file, card});
        total++;
        next();
      }
      report();
    }

    input.addEventListener("change", () => { add(input.files); input.value = ""; });
    document.addEventListener("paste", event => add(event.clipboardData.files));
    for (const type of ["dragover", "dragleave", "drop"]) {
      document.addEventListener(type, event => {
        event.preventDefault();
        drop.classList.toggle("over", type === "dragover");
        if (type === "drop") add(event.dataTransfer.files);
      });
    }

    """
}
