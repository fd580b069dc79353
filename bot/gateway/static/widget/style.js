// How the chat looks: a constructed style sheet passes the strictest content security policy.

const DARK = `
  --bg: #15191c; --raised: #262c31; --line: #3a4248; --ink: #edf1ef; --muted: #a9b4b0; --bad: #ffb0a8; --good: #6fd6a0;
  --accent: #0f7a6a; --link: #6ad9c4; --deep: 1; --pale: .78;
  --edge: #87938e; --shadow: 0 1px 2px #0006, 0 12px 48px #000a;
`;

export const CSS = `
:host { all: initial; color-scheme: light; }
.root {
  --bg: #fff; --raised: #f0f2f1; --line: #d9dedc; --ink: #17201d; --muted: #55605c; --bad: #b3261e; --good: #1a7f4e;
  --accent: #0c6b5d; --on-accent: #fff; --link: #0c6b5d; --deep: .47; --pale: 0;
  --edge: #76827d; --shadow: 0 1px 2px #0b1f1a14, 0 12px 48px #0b1f1a2e;
  font: 400 15px/1.5 system-ui, "Segoe UI", "SF Arabic", "Noto Sans Arabic", "Noto Sans", Tahoma, sans-serif;
  color: var(--ink); -webkit-text-size-adjust: 100%; text-size-adjust: 100%;
}
:host([theme="dark"]) { color-scheme: dark; }
:host([theme="dark"]) .root {${DARK}}
@media (prefers-color-scheme: dark) {
  :host(:not([theme="light"])) { color-scheme: dark; }
  :host(:not([theme="light"])) .root {${DARK}}
}
/* A shop's own colour: black or white on it by its luminance, itself dark or pale enough for text (WCAG). */
:host([accent]) .own.own {
  --white: clamp(0, (.18 - y) * 9999, 1);
  --accent: var(--own); --on-accent: color(from var(--own) xyz calc(.95 * var(--white)) var(--white) calc(1.089 * var(--white)));
  --link: oklch(from var(--own) clamp(var(--pale), l, var(--deep)) c h);
}
*, ::before, ::after { box-sizing: border-box; scrollbar-width: thin; scrollbar-color: var(--edge) transparent; }
[hidden], :is(.meta, .typing, .notice, .count):empty { display: none !important; }
[dir="auto"] { unicode-bidi: plaintext; text-align: start; overflow-wrap: anywhere; }
p, h2, ul, ol, fieldset { margin: 0; padding: 0; border: 0; min-width: 0; }
ul { list-style: none; }
button, input, textarea, select { margin: 0; padding: 0; border: 0; background: none; color: inherit; font: inherit; }
button { cursor: pointer; }
button:disabled { cursor: default; }
:focus { outline: none; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
a { color: var(--link); text-underline-offset: 3px; }
.sr { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.icon { width: 24px; height: 24px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
:dir(rtl) > .icon:is(.send, .next, .chat) { transform: scaleX(-1); }

.launcher, .face, .tool, .round, button.send { display: grid; place-items: center; flex: none; width: 44px; height: 44px; }
.launcher, .round, button.send, .subtitle::before, .facts li::before, .steps li::before, .dots i { border-radius: 50%; }
.launcher, .face, button.send, .customer > .bubble { background: var(--accent); color: var(--on-accent); }
.panel, .card, .sheet, .table, .round { border: 1px solid var(--line); border-radius: 18px; background: var(--bg); }
.launcher, .panel { position: fixed; z-index: 2147483000; box-shadow: var(--shadow); }

.launcher {
  inset-block-end: calc(20px + env(safe-area-inset-bottom)); inset-inline-end: calc(20px + env(safe-area-inset-right));
  width: 60px; height: 60px;
}
.launcher .icon { width: 28px; height: 28px; }
.launcher:focus-visible { outline: 3px solid var(--link); outline-offset: 3px; }
.badge {
  position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-width: 24px; padding-inline: 6px;
  border: 2px solid var(--bg); border-radius: 12px; background: #b3261e; color: #fff; font-size: 12px; font-weight: 700; line-height: 20px; text-align: center;
}

.panel {
  inset: auto; inset-block-end: 20px; inset-inline-end: 20px; margin: 0; padding: 0;
  width: min(408px, 100vw - 40px); height: min(700px, 100dvh - 40px); max-width: none; max-height: none;
  overflow: hidden; border-radius: 22px; color: var(--ink);
}
.inside { display: flex; flex-direction: column; height: 100%; }
.panel.sheet-mode {
  inset: auto; inset-block-start: var(--top, 0); inset-inline: 0; width: 100%; height: var(--height, 100dvh); border: 0; border-radius: 0;
  padding: env(safe-area-inset-top) env(safe-area-inset-right) 0 env(safe-area-inset-left);
}
.panel::backdrop { background: var(--bg, #fff); }
.inside:lang(ar) { line-height: 1.7; }

.header { display: flex; align-items: center; gap: 2px; padding-block: 10px; padding-inline: 14px 10px; border-block-end: 1px solid var(--line); }
.face { margin-inline-end: 10px; border-radius: 14px; }
.who { flex: 1; min-width: 0; }
h2 { overflow: hidden; font-size: 16px; font-weight: 650; line-height: 1.4; text-overflow: ellipsis; white-space: nowrap; }
.subtitle { display: flex; align-items: center; gap: 6px; overflow: hidden; color: var(--muted); font-size: 13px; line-height: 1.4; text-overflow: ellipsis; white-space: nowrap; }
.subtitle::before { content: ""; flex: none; width: 8px; height: 8px; background: var(--good); }
.away .subtitle::before { background: var(--edge); }
.tool { border-radius: 14px; color: var(--muted); }
.tool .icon { width: 22px; height: 22px; }

.middle { position: relative; flex: 1; min-height: 0; display: flex; }
.view { position: relative; flex: 1; min-width: 0; overflow-x: hidden; overflow-y: auto; overscroll-behavior: contain; padding: 16px; }
.view:focus-visible { outline-offset: -3px; border-radius: 8px; }
.welcome { padding-block: 20px 8px; }
.hello { font-size: 22px; font-weight: 650; line-height: 1.4; }
.quiet { color: var(--muted); }
.welcome .choices { flex-direction: column; align-items: flex-start; margin-block-start: 20px; }

.day { display: flex; align-items: center; gap: 12px; margin-block: 8px 16px; color: var(--muted); font-size: 13px; }
.day::before, .day::after { content: ""; flex: 1; border-block-start: 1px solid var(--line); }
.day span::first-letter { text-transform: uppercase; }
.day span { display: inline-block; }
.row { display: flex; flex-direction: column; align-items: flex-start; gap: 8px; margin-block-end: 4px; }
.row.last { margin-block-end: 16px; }
.row.customer { align-items: flex-end; }
.row.system { align-items: center; }
.name { display: none; color: var(--muted); font-size: 13px; font-weight: 600; }
.first > .name { display: block; margin-block-end: -4px; }
.bubble {
  max-width: 86%; padding: 9px 14px; border: 1px solid transparent; border-radius: 18px; background: var(--raised);
  white-space: pre-wrap;
}
.bot.last > .bubble:last-of-type, .agent.last > .bubble:last-of-type { border-end-start-radius: 6px; }
.agent > .bubble { background: var(--bg); border-color: var(--line); }
.customer.last > .bubble { border-end-end-radius: 6px; }
.customer > .bubble a { color: inherit; }
.customer.unsent > .bubble { border: 1px dashed var(--edge); background: none; color: var(--ink); }
.system > .meta { display: none; }
.system > .bubble { max-width: 100%; background: none; color: var(--muted); font-size: 13px; text-align: center; }
.meta { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 8px; margin-block-start: -4px; padding-inline: 4px; color: var(--muted); font-size: 12px; }
.bad { color: var(--bad); }
.text { min-height: 44px; padding-inline: 6px; color: var(--link); font-weight: 600; text-decoration: underline; text-underline-offset: 3px; }

.choices { display: flex; flex-wrap: wrap; gap: 8px; max-width: 100%; }
.choice, .main, .go a {
  display: inline-flex; align-items: center; gap: 6px; min-height: 44px; max-width: 100%; padding: 7px 16px;
  border: 1px solid var(--edge); border-radius: 22px; background: var(--bg); color: var(--link); font-weight: 550; line-height: 1.4; text-decoration: none;
}
.choice:disabled { border-color: var(--line); background: none; color: var(--muted); font-weight: 400; }
.choice.chosen { background: var(--raised); color: var(--ink); }
.choice .icon, .go .icon { width: 18px; height: 18px; }
.main { border-color: transparent; background: var(--accent); color: var(--on-accent); }

.carousel { position: relative; align-self: stretch; margin-inline: -16px; }
.cards { display: flex; gap: 12px; overflow-x: auto; padding: 2px 16px 8px; scroll-snap-type: x proximity; scroll-padding-inline: 16px; overscroll-behavior-x: contain; }
.cards:focus-visible { outline-offset: -2px; border-radius: 8px; }
.card { display: flex; flex-direction: column; flex: 0 0 min(224px, 80%); overflow: hidden; scroll-snap-align: start; }
.card:only-child { flex-basis: min(300px, 100%); }
.card img { display: block; width: 100%; aspect-ratio: 4 / 3; background: #fff; object-fit: contain; }
.facts { display: flex; flex: 1; flex-direction: column; gap: 4px; padding: 12px 14px 14px; }
.heading { font-weight: 650; line-height: 1.4; }
.heading a { color: inherit; text-decoration-color: var(--edge); }
.facts .quiet, .facts li { color: var(--muted); font-size: 14px; }
.facts li { position: relative; padding-inline-start: 14px; }
.facts li::before { content: ""; position: absolute; inset-block-start: .65em; inset-inline-start: 2px; width: 5px; height: 5px; background: var(--edge); }
.price { font-size: 17px; font-weight: 700; }
.facts .choices { margin-block-start: auto; padding-block-start: 8px; }
.round { position: absolute; border-radius: 50%; color: var(--link); box-shadow: 0 2px 10px #0003; }
.below { inset-block-end: 10px; inset-inline: 0; margin-inline: auto; }
.arrow { inset-block-start: calc(50% - 22px); display: none; }
.arrow.back { inset-inline-start: 4px; }
.arrow.forth { inset-inline-end: 4px; }
.arrow.back:dir(ltr) .icon { transform: scaleX(-1); }
.arrow.back:dir(rtl) .icon { transform: none; }
@media (hover: hover) { .carousel:hover .arrow { display: grid; } }

.table { align-self: stretch; overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
/* Columns break between words; the table scrolls. */
.table :is(th, td) { padding: 9px 12px; overflow-wrap: break-word; text-align: start; vertical-align: top; }
thead :is(th, td) { background: var(--raised); }
th { font-weight: 650; white-space: nowrap; }
tr + tr > td { border-block-start: 1px solid var(--line); }
.sheet { align-self: stretch; padding: 14px 16px; }
.steps ol { display: grid; gap: 12px; margin-block-start: 10px; list-style: none; counter-reset: step; }
.steps li { position: relative; padding-inline-start: 38px; }
.steps li::before { content: counter(step); counter-increment: step; position: absolute; inset-block-start: -1px; inset-inline-start: 0; width: 26px; height: 26px; background: var(--raised); font-size: 13px; font-weight: 700; line-height: 26px; text-align: center; }
.steps:lang(ar) li::before { content: counter(step, arabic-indic); }
.steps img { display: block; max-width: 100%; height: 150px; margin-block-start: 8px; border-radius: 12px; object-fit: contain; }
.go a .icon { margin-inline-end: -4px; }
.form fieldset { display: grid; gap: 4px; }
.form .heading { padding: 0; margin-block-end: 6px; }
.form label { font-size: 14px; font-weight: 550; margin-block-start: 6px; }
.form :is(input, select, textarea) { width: 100%; min-height: 44px; padding: 8px 12px; border: 1px solid var(--edge); border-radius: 12px; background: var(--bg); font-size: 16px; }
.form .main { justify-content: center; margin-block-start: 12px; }
.form fieldset:disabled { opacity: .65; }

.dots { display: inline-flex; gap: 5px; padding: 14px 16px; border: 1px solid transparent; border-radius: 18px; border-end-start-radius: 6px; background: var(--raised); }
.dots i { width: 7px; height: 7px; background: var(--muted); }
.notice { padding: 10px 16px; border-block-start: 1px solid var(--line); background: var(--raised); font-size: 14px; }
.notice .choices { margin-block-start: 8px; }

.composer { padding: 10px 12px calc(12px + env(safe-area-inset-bottom)); border-block-start: 1px solid var(--line); }
.notice:not(:empty) + .composer { border-block-start: 0; }
.field { display: flex; align-items: flex-end; gap: 4px; border: 1px solid var(--edge); border-radius: 26px; padding: 3px; background: var(--bg); }
.field:focus-within { border-color: var(--link); box-shadow: 0 0 0 1px var(--link); }
.field textarea { flex: 1; min-width: 0; max-height: 132px; padding-block: 10px; padding-inline: 15px 6px; font-size: 16px; line-height: 24px; resize: none; outline: none; overflow-y: auto; }
.field textarea:placeholder-shown { direction: inherit; }
.field textarea::placeholder { color: var(--muted); opacity: 1; }
.clip { margin-inline-end: -10px; }
button.send:disabled { background: var(--raised); color: var(--muted); }
.count { padding: 4px 16px 0; color: var(--muted); font-size: 13px; }
.count.bad { color: var(--bad); }

@media (hover: hover) {
  .tool:hover { background: var(--raised); color: var(--ink); }
  .choice:enabled:hover, .go a:hover { border-color: var(--link); background: var(--raised); }
  .launcher:hover, .send:enabled:hover, .main:hover { filter: brightness(1.08); }
}
@media (prefers-reduced-motion: no-preference) {
  .launcher { transition: transform .15s; }
  .cards { scroll-behavior: smooth; }
  .launcher:hover { transform: scale(1.04); }
  .panel:not(.sheet-mode) { animation: rise .18s ease-out; }
  .dots i { animation: beat 1.2s infinite ease-in-out; }
  .dots i:nth-child(2) { animation-delay: .15s; }
  .dots i:nth-child(3) { animation-delay: .3s; }
  @keyframes rise { from { opacity: 0; transform: translateY(12px); } }
  @keyframes beat { 0%, 60%, 100% { opacity: .35; } 30% { opacity: 1; transform: translateY(-3px); } }
}
@media (forced-colors: active) {
  .launcher, .face, .send, .choice, .main { border: 1px solid ButtonText; }
  .customer > .bubble { border-color: Highlight; }
  .dots i, .subtitle::before { background: CanvasText; forced-color-adjust: none; }
  button:disabled { color: GrayText; }
}
`;
