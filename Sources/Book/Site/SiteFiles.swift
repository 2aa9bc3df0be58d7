/// The style sheet of the site. The dark theme gives a figure's colours their partners of the programs' `--theme dark`.
enum SiteStyle {
  /// The colours of the programs' figures, light and dark. The last is that of contours, a mixture of others.
  static let figureColors = [
    ("1f2328", "e6edf3"), ("59636e", "9aa4af"), ("8c959f", "6e7681"), ("e4e8ec", "262c36"), ("eaeef2", "21262d"),
    ("0072b2", "4fa8e8"), ("d55e00", "ff7f45"), ("009e73", "2bc299"), ("bf5b95", "e79ac8"), ("db9200", "f2b632"),
    ("3ba3dd", "93d5ff"), ("6b7280", "a9b1ba"), ("882255", "e0648f"), ("35998a", "74d6c8"), ("8c8a1f", "cbc95c"),
    ("babfc5", "474e57"),
  ]

  /// The whole style sheet.
  static var text: String { layout + "\n" + theme }

  private static var theme: String {
    let names = [
      "--ink:#e6edf3;--quiet:#9aa4af;--paper:#0d1117;--panel:#161b22;--line:#30363d;--link:#6cb6ff;--box:#2a2113",
      "--comment:#9aa4af;--string:#a5d6ff;--keyword:#ff9492;--type:#d2a8ff;--number:#79c0ff;color-scheme:dark",
      "--head:#8b949e1f;--shade:#e6edf359",
    ].joined(separator: ";")
    let figures = figureColors.map { light, dark in
      "DARK svg [fill=\"#\(light)\"]{fill:#\(dark)}DARK svg [stroke=\"#\(light)\"]{stroke:#\(dark)}"
    }
    let general = [
      "DARK{\(names)}", "DARK svg :not(text)[fill=\"#ffffff\"]{fill:#0d1117}",
      // Pixels keep their colours: they lie on a sheet of white paper.
      "DARK figure img{background:#fff;padding:.6rem;border-radius:.4rem}",
    ]
    let rules = (general + figures).joined()
    return "@media (prefers-color-scheme:dark){\(rules.replacing("DARK", with: ":root:not([data-theme=light])"))}\n"
      + rules.replacing("DARK", with: ":root[data-theme=dark]")
  }

  private static let layout = """
    :root{--ink:#1f2328;--quiet:#59636e;--paper:#fff;--panel:#f6f8fa;--line:#d1d9e0;--link:#0757ae;--box:#fff8e5;
    --comment:#59636e;--string:#0a3069;--keyword:#a40e26;--type:#6639ba;--number:#0550ae;color-scheme:light;
    --head:#818b981a;--shade:#1f232840;--under:var(--paper)}
    *{box-sizing:border-box}
    html{scroll-padding-top:4.5rem}
    body{margin:0;background:var(--paper);color:var(--ink);font:1.05rem/1.6 system-ui,-apple-system,"Segoe UI","Noto Sans",sans-serif}
    a{color:var(--link)}a.n{color:inherit;text-decoration-color:var(--line);text-underline-offset:.2em}
    sub,sup{line-height:0}a:has(sub){text-underline-offset:.4em}
    a:focus-visible,button:focus-visible,input:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--link);outline-offset:2px}
    .skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--paper);z-index:9;padding:.5rem}
    header{position:sticky;top:0;z-index:5;display:flex;gap:1rem;align-items:center;padding:.6rem 1rem;background:var(--panel);border-bottom:1px solid var(--line)}
    header>a{font-weight:600;text-decoration:none;color:var(--ink);white-space:nowrap}
    .find{position:relative;margin-left:auto;flex:0 1 22rem}
    .find input{width:100%;font:inherit;font-size:.95rem;padding:.3rem .6rem;border:1px solid var(--quiet);border-radius:.4rem;background:var(--paper);color:var(--ink)}
    .find ul{position:absolute;right:0;width:30rem;margin:.3rem 0 0;padding:0;list-style:none;background:var(--paper);border:1px solid var(--line);max-height:70vh;overflow:auto}
    .find ul:empty{display:none}.find li a{display:block;padding:.3rem .7rem;text-decoration:none;color:var(--ink)}
    .find li a:focus,.find li a:hover{background:var(--panel)}.find li a:focus-visible{outline-offset:-3px}.find small{color:var(--quiet);display:block}
    button{font:inherit;font-size:.95rem;padding:.3rem .6rem;border:1px solid var(--quiet);border-radius:.4rem;background:var(--paper);color:var(--ink);cursor:pointer}
    .page{display:grid;grid-template-columns:16rem minmax(0,1fr);max-width:84rem;margin:0 auto}
    .side{padding:1.2rem 1rem;font-size:.95rem;border-right:1px solid var(--line)}
    .side ol,.side ul{list-style:none;margin:0;padding:0}.side li{margin:.25rem 0}.side li ul{padding-left:1rem}
    .side a{text-decoration:none}.side a[aria-current]{font-weight:700;color:var(--ink)}
    .side summary{cursor:pointer;font-weight:600}
    .page:has(.source){max-width:none}
    main{padding:1.2rem 2rem 4rem;min-width:0}
    main>p,main>ul,main>ol,blockquote{max-width:46rem}
    h1{line-height:1.2;margin:.5rem 0 1rem}h2{margin:2.6rem 0 .8rem;padding-top:.4rem;border-top:1px solid var(--line);line-height:1.25}
    code,pre{font-family:ui-monospace,"SF Mono","DejaVu Sans Mono",Consolas,monospace;font-size:.88em}
    code{overflow-wrap:anywhere}pre{--under:var(--panel);overflow-x:auto;padding:.8rem 1rem;border-radius:.4rem;line-height:1.4}
    pre code{font-size:1em;overflow-wrap:normal}
    blockquote{--under:var(--box);margin:1rem 0;padding:.2rem 1rem;background:var(--box);border-left:4px solid #bf8700}
    .wide{overflow-x:auto;margin:1rem 0}table{border-collapse:collapse;font-size:.95rem}
    td code,th code{overflow-wrap:normal}
    th,td{border:1px solid var(--line);padding:.3rem .6rem;text-align:left;vertical-align:top}th{background:var(--head)}
    figure{margin:1.5rem 0}figure .wide{margin:0}figure svg,figure img{display:block;max-width:100%;height:auto}figcaption{color:var(--quiet);font-size:.92rem}
    math{font-family:"STIX Two Math","Latin Modern Math","Cambria Math","Noto Sans Math","DejaVu Math TeX Gyre",math;font-size:1.06em}
    main p,main li,h1,h2{overflow-wrap:anywhere}.w,.m{white-space:nowrap}
    .formula{width:fit-content;min-width:min(46rem,100%);max-width:100%;overflow-x:auto;overflow-y:hidden;padding:.2rem 0}.formula math{min-width:max-content}
    pre,.wide,.formula,.m{background:linear-gradient(90deg,var(--under) 40%,transparent) 0/2rem 100% no-repeat local,
    linear-gradient(270deg,var(--under) 40%,transparent) 100%/2rem 100% no-repeat local,
    linear-gradient(90deg,var(--shade),transparent) 0/.8rem 100% no-repeat,
    linear-gradient(270deg,var(--shade),transparent) 100%/.8rem 100% no-repeat,var(--under)}
    figure svg>title+rect[fill="#ffffff"],figure svg>rect:first-child[fill="#ffffff"]{fill:none!important}
    .turn{display:flex;justify-content:space-between;gap:1rem;margin-top:3rem}
    .source{padding:0 0 1rem;counter-reset:line}.source span{display:block;padding-right:1rem;min-height:1.4em}
    .source span:target{background:var(--box)}
    .source span>a:first-child{display:inline-block;width:4.2em;margin-right:1em;text-align:right;color:var(--quiet);text-decoration:none;user-select:none}
    i{font-style:normal}.c{color:var(--comment)}.s{color:var(--string)}.k{color:var(--keyword)}.t{color:var(--type)}.d{color:var(--number)}
    tr:target td{background:var(--box)}
    @media (max-width:60rem){.page{display:block}.side{border-right:0;border-bottom:1px solid var(--line);padding:.6rem 1rem}main{padding:1rem}header>a span{display:none}
    .find{position:static}.find ul{left:1rem;right:1rem;width:auto}
    .source span>a:first-child{width:2.8em;margin-right:.7em}td.l{min-width:14rem}
    .m{display:inline-block;max-width:100%;overflow-x:auto;overflow-y:hidden;vertical-align:bottom}
    .numbers thead{display:none}.numbers tr,.numbers td{display:block;border:0}.numbers tr{border-top:1px solid var(--line);padding:.5rem 0}
    .numbers td{padding:.1rem 0}.numbers td:empty{display:none}.numbers td:first-child{font-weight:700}.numbers td::before{color:var(--quiet);display:block}
    .numbers td:nth-child(3)::before{content:"Code: "}.numbers td:nth-child(4)::before{content:"Tests: "}.numbers td:nth-child(5)::before{content:"Command: "}}
    @media print{header,.side,.turn{display:none}.page{display:block}}
    """
}

/// The script of the site: the search, the theme's button and the keys / and ?.
enum SiteScript {
  /// The whole script. It runs without a server and without other scripts.
  static let text = """
    "use strict";
    const root = document.body.dataset.root, box = document.querySelector(".find input"), list = document.querySelector(".find ul");
    const page = document.documentElement;
    const keep = (theme) => { page.dataset.theme = theme; try { localStorage.setItem("theme", theme); } catch (_) {} };
    document.querySelector("#theme").addEventListener("click", () => {
      const dark = page.dataset.theme ? page.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      keep(dark ? "light" : "dark");
    });
    const plain = (text) => text.toLowerCase().replace(/§\\s*/g, "section ").replace(/\\(\\)?$/, "")
      .replace(/\\b(?:eq\\.?|equation|formula) *\\(?(\\d+\\.\\d+)\\)?/, "($1)");
    const rank = (name, all) => {
      const start = name.indexOf(all), isPart = (letter) => letter !== undefined && /[\\p{L}\\d]/u.test(letter);
      if (start < 0) return 5;
      const end = start + all.length, isCut = isPart(name[end]) || (name[end] === "." && isPart(name[end + 1]));
      return start === 0 ? (name === all ? 0 : isCut ? 2 : 1) : isCut || isPart(name[start - 1]) ? 4 : 3;
    };
    const find = (text) => {
      const words = plain(text).split(/\\s+/).filter(Boolean), all = words.join(" ");
      list.replaceChildren();
      if (!words.length) return;
      const found = [];
      for (const [title, url, place] of entries) {
        const name = plain(title), line = name + " " + place.toLowerCase();
        if (words.every((word) => line.includes(word))) found.push([rank(name, all), title.length, title, url, place]);
      }
      found.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      for (const [, , title, url, place] of found.slice(0, 30)) {
        const item = document.createElement("li"), link = document.createElement("a"), small = document.createElement("small");
        link.href = root + url;
        link.textContent = title;
        small.textContent = place;
        link.append(small);
        item.append(link);
        list.append(item);
      }
      if (!found.length) list.innerHTML = "<li><a>Nothing found</a></li>";
    };
    if (innerWidth < 960) document.querySelector(".side details").open = false;
    box.addEventListener("input", () => find(box.value));
    for (const kind of ["click", "focusin"]) {
      document.addEventListener(kind, (event) => { if (!event.target.closest(".find")) list.replaceChildren(); });
    }
    box.addEventListener("focus", () => find(box.value));
    document.addEventListener("keydown", (event) => {
      const inside = document.activeElement === box;
      if (event.key === "/" && !inside) { event.preventDefault(); box.focus(); box.select(); }
      if (event.key === "Escape") {
        if (list.contains(document.activeElement)) box.focus(); else box.blur();
        list.replaceChildren();
      }
      if (event.key === "Enter" && inside && list.querySelector("a[href]")) list.querySelector("a").click();
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      const links = [...list.querySelectorAll("a[href]")], place = links.indexOf(document.activeElement);
      if (!links.length || (!inside && place < 0)) return;
      event.preventDefault();
      const next = place + (event.key === "ArrowDown" ? 1 : -1);
      (next < 0 ? box : links[Math.min(next, links.length - 1)]).focus();
    });
    """

  /// The first lines of every page's script: the reader's theme, before anything is drawn.
  static let theme =
    "try{const t=localStorage.getItem(\"theme\");if(t)document.documentElement.dataset.theme=t}catch(_){}"
}
