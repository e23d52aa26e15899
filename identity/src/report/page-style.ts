// How the report looks: the console's design values, light and dark by the reader's preference, and
// quiet enough to print.

const light = `--canvas:#f6f6f8;--surface:#fff;--sunken:#f1f2f5;--line:#e4e5ea;--text:#15171c;
--text-2:#474c58;--text-3:#656b7a;--accent:#2c46b4;--allow:#12693a;--allow-soft:#e6f5ec;
--deny:#ac231c;--deny-soft:#fdecea;--deny-bar:#c2362d;--step:#805000;--step-soft:#fcf1db;
--step-bar:#dd9a2b;--line-strong:#c6c9d2;`

const dark = `--canvas:#0c0d10;--surface:#131418;--sunken:#1a1c21;--line:#25272e;--text:#eceef2;
--text-2:#aeb2bd;--text-3:#8b909d;--accent:#9db0ff;--allow:#62d393;--allow-soft:#10271a;
--deny:#ff8f85;--deny-soft:#341715;--deny-bar:#e5564b;--step:#f0b94f;--step-soft:#2d220c;
--step-bar:#d99a33;--line-strong:#3b3e48;`

/** The style sheet of the page. It loads nothing. */
export const pageStyle = `
:root{color-scheme:light dark;${light}
--sans:'Inter Variable',Inter,system-ui,-apple-system,'Segoe UI',sans-serif;
--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace}
@media (prefers-color-scheme:dark){:root{${dark}}}
*{box-sizing:border-box}
body{margin:0;background:var(--canvas);color:var(--text);font:15px/1.55 var(--sans)}
main{max-width:1080px;margin:0 auto;padding:40px 24px 80px}
h1{font-size:28px;line-height:1.2;letter-spacing:-.02em;margin:0 0 6px}
h2{font-size:19px;letter-spacing:-.01em;margin:44px 0 14px}
h3{font-size:15px;margin:0}
p{margin:0 0 10px;max-width:76ch}
a{color:var(--accent)}
code{font:13px/1.5 var(--mono);overflow-wrap:anywhere}
.quiet{color:var(--text-3)}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(238px,1fr));gap:12px;padding:0;margin:0;list-style:none}
.figures li{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:16px 18px}
.figures b{display:block;font-size:30px;line-height:1.15;letter-spacing:-.02em;font-variant-numeric:tabular-nums;margin:2px 0 4px}
.figures span{color:var(--text-2);font-size:13px}
.figures li>span:first-child{color:var(--text);font-weight:600}
section.check{background:var(--surface);border:1px solid var(--line);border-radius:10px;margin:0 0 14px;padding:18px 20px;break-inside:avoid-page}
section.check header{display:flex;gap:10px;align-items:baseline;flex-wrap:wrap}
.tag{font-size:12px;font-weight:600;border-radius:4px;padding:1px 7px;background:var(--sunken);color:var(--text-2)}
.critical,.high{background:var(--deny-soft);color:var(--deny)}
.medium{background:var(--step-soft);color:var(--step)}
.clear{background:var(--allow-soft);color:var(--allow)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:12px 0 0}
dt{color:var(--text-3)}
dd{margin:0;max-width:80ch}
details{margin-top:12px}
summary{cursor:pointer;color:var(--accent);width:max-content;max-width:100%}
summary:focus-visible,a:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px;margin-top:8px}
th{text-align:left;font-weight:600;color:var(--text-3);font-size:12.5px}
th,td{padding:7px 14px 7px 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}
tr:last-child td{border-bottom:0}
.card{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:6px 20px 10px}
@media print{
:root{${light}}
body{background:#fff;font-size:11pt}
main{max-width:none;padding:0}
section.check,.figures li,.card{border-color:var(--line-strong)}
summary{color:inherit}
}
@media (max-width:560px){main{padding:24px 16px 60px}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}}
`
