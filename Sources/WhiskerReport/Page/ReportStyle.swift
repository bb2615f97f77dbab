/// The style sheet of a report.
enum ReportStyle {
  static let text = """
    :root{color-scheme:light dark;--page:#fff;--ink:#1b1d21;--soft:#5b616b;--line:#e2e4e8;--faint:#f4f5f7;\
    --main:#2455c4;--other:#8a6d1f;--wrong:#b3382c;--on:#fff}
    @media screen and (prefers-color-scheme:dark){:root{--page:#15171b;--ink:#e9eaed;--soft:#a2a8b3;--line:#32363e;\
    --faint:#1e2126;--main:#84a9ff;--other:#d9b65a;--wrong:#ff8f80;--on:#0d1017}}
    @media print{:root{color-scheme:light}}
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%}
    body{margin:0;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,\
    "Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
    main{max-width:66rem;margin:0 auto;padding:1.5rem 1rem 3rem;display:grid;grid-template-columns:minmax(0,1fr);\
    gap:2.75rem 3rem}
    header,dl.figures,footer{grid-column:1/-1;margin:0}
    .subject{margin:0 0 .75rem;color:var(--soft);font-size:.875rem}
    h1{margin:0;font-size:clamp(1.5rem,1.1rem + 2vw,2.375rem);line-height:1.2;font-weight:650;letter-spacing:-.018em;\
    text-wrap:balance;max-width:30em}
    .remark{margin:.75rem 0 0;max-width:44rem;color:var(--soft);font-size:1.0625rem;text-wrap:pretty}
    .remark b{color:var(--ink);font-weight:600}
    .progress{margin:1.25rem 0 0;height:4px;border-radius:2px;background:var(--line);overflow:hidden}
    .progress i{display:block;height:100%;background:var(--main)}
    .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.5rem,1fr));gap:1.25rem;\
    border-block:1px solid var(--line);padding:1.125rem 0}
    .figures dt{color:var(--soft);font-size:.8125rem}
    .figures dd{margin:0;white-space:nowrap;font-size:1.25rem;line-height:1.25;font-weight:600;letter-spacing:-.01em}
    .figures dd.note{white-space:normal;font-size:.8125rem;line-height:1.4;font-weight:400;letter-spacing:0;color:var(--soft)}
    section{min-width:0}
    h2{margin:0 0 .25rem;font-size:1.125rem;line-height:1.3;font-weight:650;letter-spacing:-.006em}
    p.note,p.rest{margin:0 0 .875rem;color:var(--soft);font-size:.875rem;max-width:44rem;text-wrap:pretty}
    p.rest{margin:.625rem 0 0}
    .empty{margin:.5rem 0 0;padding:1rem 1.125rem;background:var(--faint);border-radius:.5rem;color:var(--soft);\
    font-size:.9375rem}
    code{font:.8125rem/1.6 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
    pre{margin:0 0 .75rem;padding:.75rem .875rem;background:var(--faint);border-radius:.5rem;white-space:pre-wrap}
    footer{color:var(--soft);font-size:.8125rem;border-top:1px solid var(--line);padding-top:1rem}
    .scroll{overflow-x:auto;max-width:100%}
    table{border-collapse:collapse;font-size:.875rem;line-height:1.35}
    table.wide{width:100%}
    th{font-weight:500;color:var(--soft);text-align:left;font-size:.8125rem}
    th,td{padding:.3125rem .75rem .3125rem 0;vertical-align:baseline}
    th:last-child,td:last-child{padding-right:0}
    tr>*{border-bottom:1px solid var(--line)}
    tbody tr:last-child>*{border-bottom:0}
    tbody th{color:var(--ink);font-weight:400;font-size:.875rem}
    .n{text-align:right;white-space:nowrap}
    .settings th,.settings span{white-space:nowrap;overflow-wrap:normal}
    .settings .n{white-space:normal;overflow-wrap:normal}
    .settings span{display:inline-block}
    tr.mean>*{color:var(--soft)}
    tr.best>*{font-weight:650;color:var(--ink)}
    .bar{display:block;height:3px;margin-top:.1875rem;border-radius:1.5px;background:var(--line);overflow:hidden}
    .bar i{display:block;height:100%;background:var(--main);float:left}
    .bar i+i{background:var(--other)}
    .scores th:nth-child(n+2){width:16.5%}
    .counts .bar{height:.5rem;border-radius:2px;margin:0;background:none}
    .counts .bar i{border-radius:2px}
    .counts td:nth-child(2){width:40%}
    .matrix{font-size:.75rem}
    .matrix td,.matrix th{border:1px solid var(--page);padding:.125rem .1875rem;vertical-align:middle}
    .matrix tbody th,.matrix thead th{color:var(--soft);font-size:.75rem;line-height:1.15;font-weight:500}
    .matrix tbody th{text-align:right;border-left:0;padding:0 .375rem 0 0;min-width:5.5rem;max-width:10rem}
    .matrix thead th{text-align:center;vertical-align:bottom;padding-bottom:.25rem;max-width:7rem;overflow-wrap:break-word}
    .matrix thead td.n{vertical-align:bottom;height:auto;padding-bottom:.25rem}
    .matrix thead .axis th{text-align:left}.matrix .axis th,.matrix td.axis{color:var(--ink);font-size:.8125rem;font-weight:600}
    .matrix td.axis{padding-right:.375rem}
    .matrix .turned span{writing-mode:vertical-rl;transform:rotate(180deg);display:inline-block;max-height:10rem;\
    text-align:left}
    .matrix td{text-align:center;min-width:1.625rem;height:2rem;vertical-align:middle;background:var(--faint);\
    overflow-wrap:normal;white-space:nowrap}
    .matrix.few{font-size:1rem}.matrix.few td:not(.n){min-width:4.25rem;height:3.5rem}.matrix.few th{font-size:.8125rem}
    .matrix .zero{color:transparent}
    .matrix.heat{font-size:.8125rem}.heat td:not(.n){min-width:3.75rem;height:2.5rem}.heat .first{font-weight:700;\
    outline:2px solid var(--ink);outline-offset:-2px}
    caption{caption-side:bottom;text-align:left;color:var(--soft);font-size:.8125rem;padding:.5rem 0 0}
    .matrix .yes,.matrix .no{background:color-mix(in srgb,var(--c) calc(var(--s)*1%),var(--faint))}
    .matrix .yes{--c:var(--main)}
    .matrix .no{--c:var(--wrong)}
    .matrix .strong{color:var(--on)}
    .matrix td.n{background:none;text-align:right;color:var(--soft);font-size:.75rem;padding-left:.5rem;min-width:0}
    svg{display:block;width:100%;height:auto;overflow:visible}
    svg text{font-size:11px;fill:var(--soft)}
    svg .mark{fill:var(--ink);font-weight:600}
    svg .grid{stroke:var(--line)}
    svg .axis{stroke:var(--soft)}
    svg .guide{stroke:var(--soft);stroke-dasharray:3 3;fill:none}
    svg polyline{fill:none;stroke-width:1.75;stroke-linejoin:round;stroke-linecap:round}
    svg .main{stroke:var(--main)}
    svg .other{stroke:var(--other);stroke-dasharray:5 3}
    svg .extra{stroke:var(--soft);stroke-dasharray:1.5 3}
    svg .member{stroke:var(--wrong);stroke-dasharray:8 3}
    svg .whole{stroke-dasharray:none}
    svg .dot{fill:var(--page);stroke-width:2}
    svg .fill{fill:var(--main);fill-opacity:.75}
    svg .mean{stroke:var(--ink);stroke-width:2}
    svg .few{fill:var(--soft);fill-opacity:.45}
    .chart{max-width:34rem}
    .square{max-width:24rem}
    .legend{display:flex;flex-wrap:wrap;gap:.125rem 1.25rem;margin:0 0 .5rem;padding:0;list-style:none;font-size:.8125rem;\
    color:var(--soft)}
    .legend b{color:var(--ink);font-weight:600}
    .legend svg{display:inline-block;width:1.5rem;height:.5rem;margin-right:.375rem;vertical-align:middle}
    .legend i{display:inline-block;width:.75rem;height:.5rem;border-radius:2px;margin-right:.375rem;background:var(--main)}
    .legend i.other{background:var(--other)}
    .legend i.mean{height:2px;background:var(--ink);vertical-align:middle}
    .pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.75rem,1fr));gap:1.25rem 1rem}
    figure{margin:0;min-width:0;break-inside:avoid}
    .pictures.large{grid-template-columns:repeat(auto-fill,minmax(12.5rem,1fr))}
    .pictures .frame{display:block;height:7rem;margin-bottom:.4375rem}.pictures.large .frame{height:10rem}
    .pictures img{height:100%;max-width:100%;object-fit:contain;object-position:left;border-radius:.25rem;\
    image-rendering:pixelated}
    .pictures img.photo{image-rendering:auto}
    .pictures.pairs{grid-template-columns:repeat(auto-fill,minmax(min(20rem,100%),1fr))}
    .pictures.pairs .frame{display:flex;gap:.5rem}.pictures.pairs img{max-width:calc(50% - .25rem)}
    figcaption{font-size:.8125rem;line-height:1.4;color:var(--soft)}
    figcaption b{color:var(--ink);font-weight:600}
    figcaption .path{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3;overflow:hidden;font-size:.75rem}
    .sheet img{max-width:100%;height:auto;display:block;border-radius:.25rem}
    .filters{display:flex;flex-wrap:wrap;gap:.625rem}
    .filters img{width:2.75rem;height:auto;image-rendering:pixelated;display:block;outline:1px solid var(--line)}
    .filters.large img{width:4.25rem}
    dl.facts{margin:0;display:grid;grid-template-columns:8.5rem minmax(0,1fr);gap:0 1rem;\
    font-size:.875rem}
    dl.facts dt{color:var(--soft);padding:.3125rem 0}
    dl.facts dd{margin:0;padding:.3125rem 0}
    @media (min-width:56rem){main{grid-template-columns:repeat(2,minmax(0,1fr));padding:3rem 2rem 4rem}\
    section:not(.half){grid-column:1/-1}.counts tbody th,.scores tbody th{overflow-wrap:break-word;max-width:13rem}
    .columns{columns:2;column-gap:3rem}.columns>dl{break-inside:avoid}}
    @media print{*{-webkit-print-color-adjust:exact;print-color-adjust:exact}html{font-size:9.5pt}\
    main{padding:0;max-width:none;gap:1.5rem 2rem;grid-template-columns:repeat(2,minmax(0,1fr))}
    section:not(.half){grid-column:1/-1}.counts tbody th,.scores tbody th{overflow-wrap:break-word;max-width:13rem}section.half,tr{break-inside:avoid}h1{font-size:20pt}h2{break-after:avoid}
    .progress{display:none}.scroll{overflow:visible}.square{max-width:17rem}.columns{columns:2;column-gap:2rem}
    .matrix:not(.few){font-size:6.5pt}.matrix:not(.few) td{min-width:0;height:1.375rem;padding:0 1px}.matrix:not(.few) th{font-size:6.5pt;min-width:0;max-width:6rem}.turned span{max-height:6rem}
    .pictures{grid-template-columns:repeat(6,minmax(0,1fr));gap:.75rem}.pictures .frame{height:4.5rem}
    .pictures.large{grid-template-columns:repeat(4,minmax(0,1fr))}.pictures.large .frame{height:6.5rem}
    figure,section:has(table.matrix,.filters),.filters,.filters img,.chart,.square,.matrix,.facts dd,pre{break-inside:avoid}p.note{break-inside:avoid;break-after:avoid}figcaption .path{display:block}}
    @page{margin:15mm}

    """
}
