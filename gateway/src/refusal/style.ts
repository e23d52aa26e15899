// How the gateway's own pages look: the tokens of the design language, in one inline style whose
// hash is the only style the page's policy allows.
import { createHash } from 'node:crypto'
import { Markup } from './html.ts'

const style = `
:root{color-scheme:light dark;
--canvas:#f6f6f8;--surface:#fff;--sunken:#f1f2f5;--line:#e4e5ea;--line-strong:#c6c9d2;
--text:#15171c;--text-2:#474c58;--text-3:#656b7a;--accent:#3350c8;--accent-hover:#2a43ab;
--accent-text:#2c46b4;--focus:#3350c8;--deny:#ac231c;--deny-soft:#fdecea;--step:#805000;
--step-soft:#fcf1db;--mark:#3350c8}
@media(prefers-color-scheme:dark){:root{
--canvas:#0c0d10;--surface:#131418;--sunken:#1a1c21;--line:#25272e;--line-strong:#3b3e48;
--text:#eceef2;--text-2:#aeb2bd;--text-3:#8b909d;--accent:#4962dc;--accent-hover:#5a72e6;
--accent-text:#9db0ff;--focus:#9db0ff;--deny:#ff8f85;--deny-soft:#341715;--step:#f0b94f;
--step-soft:#2d220c;--mark:#9db0ff}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;background:var(--canvas);color:var(--text);
font:400 14px/22px 'Inter Variable',Inter,system-ui,-apple-system,'Segoe UI',sans-serif;
-webkit-font-smoothing:antialiased;overflow-wrap:break-word}
header{padding:24px;display:flex;align-items:center;gap:8px;font-size:15px;font-weight:600;
letter-spacing:-.015em}
header svg{width:20px;height:20px}
main{width:100%;max-width:608px;margin:0 auto;padding:calc(18vh - 68px) 24px 64px}
.card{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:32px}
@media(max-width:480px){.card{padding:24px}main{padding-left:16px;padding-right:16px}}
.badge{display:inline-flex;align-items:center;gap:5px;height:22px;padding:0 8px 0 6px;
border-radius:6px;font-size:12px;font-weight:600;background:var(--deny-soft);color:var(--deny)}
.badge.step{background:var(--step-soft);color:var(--step)}
.badge svg{width:14px;height:14px}.badge .in{stroke:var(--surface)}
h1{margin:16px 0 8px;font-size:28px;line-height:34px;font-weight:600;letter-spacing:-.022em}
.lead{margin:0;font-size:16px;line-height:24px;color:var(--text-2)}
h2{margin:28px 0 8px;font-size:14px;line-height:22px;font-weight:600}
ul{margin:0;padding-left:20px}li{margin:4px 0}
.reasons{list-style:none;padding:0;margin:0}
.reasons>li{margin:0;padding:12px 0;border-top:1px solid var(--line)}
.reasons>li:first-child{border-top:0;padding-top:4px}
.reasons>li:last-child{padding-bottom:0}
.reasons p{margin:0}.quiet{color:var(--text-2)}
.small{font-size:13px;line-height:20px;color:var(--text-2)}
code{font:400 .92em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;
background:var(--sunken);border-radius:4px;padding:1px 4px}
pre{margin:8px 0 0;padding:12px;background:var(--sunken);border-radius:6px;overflow:auto;
font:400 12px/18px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap}
details{margin-top:6px}summary{cursor:pointer;font-size:13px;color:var(--text-2);padding:4px 0}
.actions{display:flex;flex-wrap:wrap;gap:12px;margin-top:24px}
a{color:var(--accent-text)}
.button{display:inline-flex;align-items:center;min-height:36px;padding:0 16px;border-radius:6px;
background:var(--accent);color:#fff;font:inherit;font-weight:500;text-decoration:none;border:0;cursor:pointer;
transition:background-color 140ms ease-out}
.button:hover{background:var(--accent-hover)}
form.ask label{display:block;margin-bottom:8px;font-size:13px;line-height:20px;color:var(--text-2)}
form.ask .actions{margin-top:12px}
textarea{display:block;width:100%;padding:8px 12px;border:1px solid var(--line-strong);
border-radius:6px;background:var(--surface);color:var(--text);font:inherit;resize:vertical}
.button.second{background:none;color:var(--text);border:1px solid var(--line-strong)}
.button.second:hover{background:var(--sunken)}
@media(pointer:coarse){.button{min-height:44px}}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px;border-radius:4px}
hr{border:0;border-top:1px solid var(--line);margin:28px 0 20px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:6px 20px;margin:0;font-size:13px;
line-height:20px}
dt{color:var(--text-3)}dd{margin:0;font-variant-numeric:tabular-nums;min-width:0}
@media(prefers-reduced-motion:reduce){*{transition:none!important}}
`

/** CSP Level 3 §6.7.3.3: the one style that may apply. */
export const styleHash = `'sha256-${createHash('sha256').update(style).digest('base64')}'`

/** The element, to the letter: a space more would change the hash. */
export const styleElement = new Markup(`<style>${style}</style>`)
