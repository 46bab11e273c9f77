// 大屏: shows one slide after another, asks for new ones now and then, and keeps the last good ones while there is no
// server. ?slide=3 stays on the third; ?every=5 shows each for five seconds.
(function () {
  "use strict";

  const asked = new URLSearchParams(location.search);
  const EVERY = 1000 * (Number(asked.get("every")) > 0 ? Number(asked.get("every")) : 20);
  const ONLY = Number(asked.get("slide")) > 0 ? Math.floor(Number(asked.get("slide"))) : null;
  const ASK_EVERY = 10000;
  const ASK_AGAIN = 3000; // while something is wrong
  const PATIENCE = 8000;

  class NotReady extends Error {}

  const wall = document.getElementById("wall");
  const said = document.getElementById("said");
  let received = ""; // the slides as they came
  let answeredAt = null; // by the server's clock, when it last confirmed that they are the latest
  let key = ""; // of the slide on screen
  let place = 0;

  function slides() {
    return Array.from(wall.querySelectorAll(".slide"));
  }

  function show(index) {
    const all = slides();
    if (!all.length) return;
    place = ONLY === null ? index % all.length : Math.min(ONLY, all.length) - 1;
    all.forEach(function (slide, at) { slide.hidden = at !== place; });
    key = all[place].dataset.key;
    fit(all[place]);
  }

  // The server has cut the slides so that they fit with the usual fonts. With wider ones the text becomes smaller, as
  // nothing may be cut off.
  function fit(slide) {
    for (let size = 100; size >= 30; size -= 5) {
      slide.style.setProperty("--size", String(size / 100));
      if (slide.scrollHeight <= slide.clientHeight && slide.scrollWidth <= slide.clientWidth) return;
    }
  }

  function take(html) {
    if (html === received) return;
    const made = new DOMParser().parseFromString(html, "text/html").getElementById("slides");
    if (!made) throw new NotReady();
    if (made.dataset.version !== document.documentElement.dataset.version) { renew(); return; }
    received = html;
    wall.replaceChildren(...made.children);
    document.title = made.dataset.title;
    const same = slides().findIndex(function (slide) { return slide.dataset.key === key; });
    show(same >= 0 ? same : place);
  }

  // A newer program: the page itself is fetched anew, and only left when that has worked.
  async function renew() {
    const answer = await fetch("./wall", { cache: "no-cache" });
    if (answer.ok) location.reload();
  }

  // 10:32, or 11月25日10:32 when that was not today: in Beijing, by the server's clock as far as it is known.
  function at(moment) {
    const day = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", month: "long", day: "numeric" });
    const time = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const today = day.format(moment) === day.format(new Date());
    return (today ? "" : day.format(moment)) + time.format(moment);
  }

  function say(trouble) {
    const kept = answeredAt ? "，显示的是" + at(answeredAt) + "的数据" : "，尚未取得数据，恢复后自动显示";
    said.textContent = trouble ? trouble + kept : "";
    said.hidden = !trouble;
  }

  // A browser asks with what it has (no-cache): the answer is a few bytes while nothing has changed.
  async function ask() {
    const controller = new AbortController();
    const patience = setTimeout(function () { controller.abort(); }, PATIENCE);
    try {
      const answer = await fetch("./board/wall", { cache: "no-cache", signal: controller.signal });
      if (answer.status === 401) location.reload(); // figures for accounts only, and nobody is signed in any more
      if (!answer.ok) throw new NotReady();
      take(await answer.text());
      answeredAt = new Date(answer.headers.get("Date") || Date.now());
      say("");
    } catch (error) {
      say(error instanceof NotReady ? "服务器暂时不能给出数据" : "连接中断");
    } finally {
      clearTimeout(patience);
      setTimeout(ask, (said.hidden ? ASK_EVERY : ASK_AGAIN) * (0.9 + 0.2 * Math.random()));
    }
  }

  addEventListener("resize", function () { show(place); });
  setInterval(function () { show(place + 1); }, EVERY);
  ask();
})();
