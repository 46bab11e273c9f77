// Runs before the front end (a classic script in the head) and knows eight things: what old browsers lack, where the
// server is, which theme is on, how the built-in English words are said in Chinese, how a link of ours, or a point of a chart, changes the
// screen without a reload, how a chart fits on paper, and when the screen has to be drawn anew because the data have
// changed; and that the page has to be loaded anew when somebody else has signed in in this browser, or nobody is any more.
// `boardWords` is put in front of this file by the server, from words.json.
(function () {
  "use strict";

  // What Chromium before 110 lacks and the front end uses. 93 and older lack syntax too, which nothing here can cure.
  function define(target, name, value) {
    if (!target[name]) Object.defineProperty(target, name, { value, writable: true, configurable: true });
  }
  define(Array.prototype, "toSorted", function (order) { return Array.from(this).sort(order); });
  define(Array.prototype, "toReversed", function () { return Array.from(this).reverse(); });
  define(Array.prototype, "at", function (index) { return this[index < 0 ? this.length + index : index]; });
  define(Array.prototype, "findLast", function (test) { return Array.from(this).reverse().find(test); });
  define(Object, "hasOwn", function (object, key) { return Object.prototype.hasOwnProperty.call(object, key); });
  define(AbortSignal, "timeout", function (milliseconds) {
    const controller = new AbortController();
    setTimeout(function () { controller.abort(); }, milliseconds);
    return controller.signal;
  });

  // First paint: Streamlit sends the theme only when a session has begun. Until then it would draw in its own colours
  // and fetch a font of 170 KB for that. The same values as in .streamlit/config.toml; a test holds the two together.
  const FONT = "'Microsoft YaHei','PingFang SC','Noto Sans CJK SC','Segoe UI Symbol','Apple Symbols','DejaVu Sans',sans-serif";
  window.__streamlit = {
    // Where the server is, and what it answers about hosts: else the session begins only after /waste/_stcore/ has been
    // tried in vain and both have been asked for, 150 ms later. The answer is asked for all the same and counts.
    BACKEND_BASE_URL: new URL("./", location.href).href,
    HOST_CONFIG: { allowedOrigins: [location.origin], useExternalAuthToken: false },
    LIGHT_THEME: {
      primaryColor: "#1f4e8c", backgroundColor: "#fbfcfd", secondaryBackgroundColor: "#f0f3f7", textColor: "#1b2430",
      bodyFont: FONT, headingFont: FONT,
    },
    DARK_THEME: {
      primaryColor: "#6fa3e0", backgroundColor: "#12171e", secondaryBackgroundColor: "#1b232d", textColor: "#e3e8ee",
      bodyFont: FONT, headingFont: FONT,
    },
  };

  // Theme: <html data-theme="light|dark">, for board.css. The browser's preference until the app has drawn itself.
  const root = document.documentElement;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  let app = null;

  function setTheme() {
    const drawn = app && getComputedStyle(app).colorScheme;
    root.dataset.theme = drawn === "dark" || drawn === "light" ? drawn : prefersDark.matches ? "dark" : "light";
  }

  function watchApp() {
    if (app && app.isConnected) return;
    app = document.querySelector(".stApp");
    if (!app) return;
    setTheme();
    new MutationObserver(setTheme).observe(app, { attributes: true, attributeFilter: ["class"] });
  }

  prefersDark.addEventListener("change", setTheme);
  setTheme();

  // Words: whole texts only, and never inside what is ours or the user's.
  const OURS = "[data-board], .stHtml, [data-testid='stText'], [data-testid='stTable'], svg.main-svg, pre, style, script";
  const ATTRIBUTES = ["aria-label", "title", "placeholder", "data-title"];
  const MARKED = ATTRIBUTES.map(function (name) { return "[" + name + "]"; }).join(",");
  const exact = new Map(Object.entries(boardWords.exact));
  const patterns = boardWords.patterns.map(function (pair) { return [new RegExp("^" + pair[0] + "$"), pair[1]]; });

  function inChinese(written) {
    const text = written.trim();
    if (text.length < 2 || text.length > 200 || !/[A-Za-z]{2}/.test(text)) return null;
    if (exact.has(text)) return exact.get(text);
    for (const [pattern, chinese] of patterns) if (pattern.test(text)) return text.replace(pattern, chinese);
    return null;
  }

  function translateText(node) {
    const chinese = inChinese(node.data);
    if (chinese !== null) node.data = chinese;
  }

  function translateAttribute(element, name) {
    const chinese = inChinese(element.getAttribute(name) || "");
    if (chinese !== null) element.setAttribute(name, chinese);
  }

  function translateMarks(element) {
    for (const name of ATTRIBUTES) if (element.hasAttribute(name)) translateAttribute(element, name);
  }

  function translateTree(element) {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, {
      acceptNode: function (node) {
        if (node.nodeType === Node.TEXT_NODE) return NodeFilter.FILTER_ACCEPT;
        return node.matches(OURS) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP;
      },
    });
    while (texts.nextNode()) translateText(texts.currentNode);
    if (element.matches(MARKED)) translateMarks(element);
    for (const marked of element.querySelectorAll(MARKED)) if (!marked.closest("[data-board], .stHtml")) translateMarks(marked);
  }

  function translateRecord(record) {
    const element = record.target.nodeType === Node.ELEMENT_NODE ? record.target : record.target.parentElement;
    if (!element || element.closest(OURS)) return;
    if (record.type === "characterData") translateText(record.target);
    else if (record.type === "attributes") translateAttribute(element, record.attributeName);
    else for (const node of record.addedNodes) {
      if (node.nodeType === Node.TEXT_NODE) translateText(node);
      else if (node.nodeType === Node.ELEMENT_NODE && !node.matches(OURS)) translateTree(node);
    }
  }

  // Links: <a class="nav" href="/indicator?code=x"> changes the screen within the session, as the front end's own back
  // and forward do. Without a session, or with a key or another button held, it is a link like any other.
  function isPlainClick(event) {
    return event.button === 0 && !event.defaultPrevented && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  }

  function isConnected() {
    return document.querySelector('.stApp[data-test-connection-state="CONNECTED"]') !== null;
  }

  function linkUnder(event, which) {
    const link = event.target instanceof Element ? event.target.closest(which) : null;
    const ours = link && isPlainClick(event) && !link.target && link.origin === location.origin && isConnected();
    return ours ? link : null;
  }

  function go(href) {
    const moved = new URL(href, location.href).pathname !== location.pathname;
    if (href !== location.href) history.pushState(null, "", href);
    dispatchEvent(new PopStateEvent("popstate", { state: null }));
    if (moved) scrollToTop();
  }

  function followLink(event) {
    const link = linkUnder(event, "a.nav[href]");
    if (!link) return;
    event.preventDefault();
    go(link.href);
  }

  // The menu knows nothing of the time looked at (?known=, ?month=); here it is kept, before the front end hears the click.
  const KEPT = ["known", "month"];

  function keepingTime(href) {
    const address = new URL(href, location.href);
    const asked = new URLSearchParams(location.search);
    for (const name of KEPT) if (asked.get(name)) address.searchParams.set(name, asked.get(name));
    return address.href;
  }

  function followMenu(event) {
    const link = linkUnder(event, '[data-testid="stSidebarNavLink"]');
    if (!link || keepingTime(link.href) === link.href) return;
    event.preventDefault();
    event.stopPropagation();
    go(keepingTime(link.href));
  }

  // Charts: a click on a point that carries an address of ours (the first of its customdata) leads there. The chart is
  // listened to when the pointer reaches it: by then it is drawn, and one drawn anew is reached anew.
  function addressOf(points) {
    const given = points && points[0] && points[0].customdata;
    const path = Array.isArray(given) ? given[0] : given;
    return typeof path === "string" && /^\/[a-z]+\?/.test(path) ? path : null;
  }

  function followPoint(happened) {
    const path = addressOf(happened.points);
    if (path && isConnected()) go(keepingTime(path));
  }

  function listenToChart(event) {
    const chart = event.target instanceof Element ? event.target.closest(".js-plotly-plot") : null;
    if (!chart || !chart.on) return;
    chart.removeListener("plotly_click", followPoint);
    chart.on("plotly_click", followPoint);
  }

  function scrollToTop() {
    const main = document.querySelector('[data-testid="stMain"]');
    if (main) main.scrollTop = 0;
  }

  document.addEventListener("click", followLink);
  document.addEventListener("click", followMenu, true);
  for (const kind of ["pointerover", "pointerdown"]) document.addEventListener(kind, listenToChart, true);

  // Place: an element marked data-scroll-here is brought into view once per address, and again when what is above it
  // has been drawn, unless the reader has begun to scroll.
  let scrolledAt = "";
  let held = false;

  function scrollHere(element) {
    if (scrolledAt === location.href) return;
    scrolledAt = location.href;
    held = false;
    for (const delay of [0, 300, 900]) setTimeout(function () {
      if (!held && element.isConnected) element.scrollIntoView({ block: "center" });
    }, delay);
  }

  function findPlace(record) {
    for (const node of record.addedNodes) {
      if (node.nodeType !== Node.ELEMENT_NODE) continue;
      const place = node.matches("[data-scroll-here]") ? node : node.querySelector("[data-scroll-here]");
      if (place) scrollHere(place);
    }
  }

  for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    addEventListener(kind, function () { held = true; }, { passive: true, capture: true });
  }
  addEventListener("popstate", function () { scrolledAt = ""; });

  // Paper: a drawing of fixed size becomes one that shrinks with its place, and back.
  addEventListener("beforeprint", function () {
    for (const svg of document.querySelectorAll(".main-svg")) {
      svg.setAttribute("viewBox", "0 0 " + svg.width.baseVal.value + " " + svg.height.baseVal.value);
    }
  });
  addEventListener("afterprint", function () {
    for (const svg of document.querySelectorAll(".main-svg")) svg.removeAttribute("viewBox");
  });

  // Freshness: asks which version of the data the server has, and has the screen drawn anew when it is another one. The
  // first answer comes before the first screen, so that what is drawn is never older than what it is compared with.
  const ASK_EVERY = 10000;
  const WRITES = ["upload"]; // screens where someone is at work; what they see changes when they say so
  const TYPED_INTO = "textarea, [contenteditable=true], input:not([type=checkbox], [type=radio], [type=range], [role=combobox][aria-expanded=false])";
  let drawn = null;
  let latest = null;
  let signedIn = null; // a mark of who was, when the page was loaded
  let nextLoad = 0;
  let failures = 0;
  let asking = false;
  let nextAsk = 0;
  let nextDraw = 0;

  function isAtRest() {
    return document.querySelector('.stApp[data-test-connection-state="CONNECTED"][data-test-script-state="notRunning"]') !== null;
  }

  // A run closes dialogs; all other widgets keep what is in them, but nothing moves under the hands of who types.
  function isDisturbing() {
    return WRITES.includes(location.pathname.slice(1)) || document.activeElement?.matches(TYPED_INTO) ||
      document.querySelector("[role=dialog]") !== null;
  }

  function drawAnew() {
    clearTimeout(nextDraw);
    if (latest === drawn || document.hidden) return;
    if (!isAtRest() || isDisturbing()) {
      nextDraw = setTimeout(drawAnew, 1000);
      return;
    }
    drawn = latest;
    // The front end's own key for running the screen again in its session, with the state of every widget.
    // Let go of, too: a key that seems to be held is not heard a second time.
    for (const kind of ["keydown", "keyup"]) {
      document.body.dispatchEvent(new KeyboardEvent(kind, { key: "r", code: "KeyR", keyCode: 82, which: 82, bubbles: true }));
    }
  }

  // Where figures are for accounts only, they go at once; else nothing that somebody is typing is taken away.
  function loadAnew(atOnce) {
    clearTimeout(nextLoad);
    if (!atOnce && isDisturbing()) nextLoad = setTimeout(loadAnew, 1000);
    else location.reload();
  }

  async function askVersion() {
    const answer = await fetch("./board/version", { cache: "no-store", signal: AbortSignal.timeout(8000) });
    if (answer.status === 401) loadAnew(true);
    if (!answer.ok) throw new Error(answer.statusText);
    const [version, mark] = (await answer.text()).split(" ");
    if (signedIn === null) signedIn = mark;
    if (mark !== signedIn) loadAnew(false);
    latest = version;
    if (drawn === null) drawn = latest;
    drawAnew();
  }

  // A hidden tab asks nothing. One without its session asks on: it may have been closed because nobody is signed in any more.
  async function keepAsking() {
    if (asking || document.hidden) return;
    clearTimeout(nextAsk);
    asking = true;
    try {
      await askVersion();
      failures = 0;
    } catch {
      failures += 1;
    }
    asking = false;
    nextAsk = setTimeout(keepAsking, ASK_EVERY * (0.9 + 0.2 * Math.random()) * 2 ** Math.min(failures, 3));
  }

  document.addEventListener("visibilitychange", keepAsking);
  keepAsking();

  new MutationObserver(function (records) {
    watchApp();
    for (const record of records) {
      translateRecord(record);
      if (record.type === "childList") findPlace(record);
    }
  }).observe(root, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES,
  });
})();
