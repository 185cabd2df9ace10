"use strict";
// The page asks the public API and nothing else: whatever it shows can be asked for with curl.

const DAY = 86_400_000;
const $ = id => document.getElementById(id);
const escape = text => String(text).replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`);
const number = n => Number(n).toLocaleString("en-GB");
const short = n => Math.abs(n) >= 1e6 ? `${+(n / 1e6).toFixed(1)}M` : Math.abs(n) >= 1e3 ? `${+(n / 1e3).toFixed(n < 1e4 ? 1 : 0)}k` : String(Math.round(n));
const utc = (at, options) => new Date(at).toLocaleString("en-GB", {...options, timeZone: "UTC"});
const words = name => name.replace(/[A-Z]/g, letter => " " + letter.toLowerCase());
const sum = points => points.reduce((total, point) => total + Number(point.value), 0);

function money(amount, code) {
  const digits = Math.abs(amount) < 1000 ? 2 : 0;
  try {
    return Number(amount).toLocaleString("en-GB", {style: "currency", currency: code, minimumFractionDigits: digits, maximumFractionDigits: digits});
  } catch {
    return `${number(amount)} ${code}`;
  }
}

function country(code) {
  try { return new Intl.DisplayNames(["en"], {type: "region"}).of(code); } catch { return code; }
}

let currency = null;
let troubles = new Set();

async function get(path) {
  const response = await fetch(path, {headers: {accept: "application/json"}});
  const body = await response.json();
  if (response.ok) return body;
  troubles.add(body.detail || body.title);
  return null;
}

const metric = (name, parameters) =>
  get(`/v1/metrics/${name}?${new URLSearchParams({currency, ...parameters})}`);

// Boxes

function fill(id, html, empty) {
  const box = $(id);
  box.className = html ? "" : "empty";
  if (html) box.innerHTML = html; else box.textContent = empty;
}

// Columns whose name begins with "#" hold numbers.
function table(columns, rows) {
  if (!rows.length) return "";
  const kind = column => column.startsWith("#") ? "n" : "name";
  const head = columns.map(column => `<th class="${kind(column)}">${escape(column.replace("#", ""))}</th>`);
  const line = row => `<tr>${row.map((cell, at) => `<td class="${kind(columns[at])}" title="${escape(cell)}">${escape(cell)}</td>`).join("")}</tr>`;
  return `<div class="rows"><table><tr>${head.join("")}</tr>${rows.map(line).join("")}</table></div>`;
}

function shares(rows, whole) {
  const width = part => whole > 0 ? Math.max(0, Math.min(100, 100 * part / whole)).toFixed(1) : 0;
  const line = ([name, part, shown]) =>
    `<tr><td class="name">${escape(name)}<div class="meter"><i style="width:${width(part)}%"></i></div></td><td class="n">${escape(shown)}</td></tr>`;
  return rows.length ? `<table>${rows.map(line).join("")}</table>` : "";
}

// Charts are drawn as wide as their box, so that their text keeps its size on a narrow screen.

function frame(id, height, values) {
  const width = Math.max(240, $(id).clientWidth), left = 42, top = 14, bottom = height - 22;
  const most = Math.max(...values, 1), least = Math.min(...values, 0);
  const rough = (most - least) / 4, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map(factor => factor * power).find(step => step >= rough);
  const low = Math.floor(least / step) * step, high = Math.ceil(most / step) * step;
  const y = value => bottom - (value - low) / (high - low) * (bottom - top);
  let axis = "";
  for (let value = low; value <= high + step / 2; value += step) {
    axis += `<line class="${Math.abs(value) < step / 2 ? "base" : "grid"}" x1="${left}" x2="${width}" y1="${y(value)}" y2="${y(value)}"/>` +
      `<text x="${left - 6}" y="${y(value) + 4}" text-anchor="end">${short(value)}</text>`;
  }
  const svg = (label, inside) =>
    `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${axis}${inside}</svg>`;
  return {left, bottom, width, y, svg};
}

function months(sold, refunds) {
  if (!sold.length) return "";
  const back = new Map(refunds.map(point => [point.start, +point.value]));
  const {left, bottom, width, y, svg} = frame("months", 250, sold.map(point => +point.value));
  const step = (width - left) / sold.length, bar = step * .7;
  const every = Math.ceil(44 / step);
  return svg("sales by month", sold.map((point, at) => {
    const value = +point.value, refunded = back.get(point.start) || 0, x = left + at * step + step * .15;
    const name = utc(point.start, {month: "short", year: "2-digit"});
    const label = at % every === 0 ? `<text x="${x + bar / 2}" y="${bottom + 16}" text-anchor="middle">${name}</text>` : "";
    const open = point.final ? "" : " (not over yet)";
    return `<g><title>${name}: ${money(value, currency)} sold, ${money(refunded, currency)} refunded${open}</title>` +
      `<rect class="sold${point.final ? "" : " open"}" x="${x}" y="${y(value)}" width="${bar}" height="${Math.max(1, y(0) - y(value))}" rx="2"/>` +
      `<rect class="back" x="${x}" y="${y(Math.min(refunded, value))}" width="${bar}" height="${y(0) - y(Math.min(refunded, value))}"/>` +
      (step >= 40 ? `<text x="${x + bar / 2}" y="${y(value) - 4}" text-anchor="middle">${short(value)}</text>` : "") + label + "</g>";
  }).join(""));
}

function days(points, from, to) {
  if (!points.length) return "";
  const known = new Map(points.map(point => [Date.parse(point.start), +point.value]));
  const values = [];
  for (let at = from; at < to; at += DAY) values.push([at, known.get(at) || 0]);
  const {left, bottom, width, y, svg} = frame("days", 250, values.map(([, value]) => value));
  const step = (width - left) / values.length, x = at => left + (at + .5) * step;
  const line = values.map(([, value], at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  const every = Math.ceil(75 / (step * 5)) * 5;
  const inside = values.map(([day, value], at) => {
    const name = utc(day, {day: "numeric", month: "short"});
    const label = at % every === 0 ? `<text x="${x(at)}" y="${bottom + 16}" text-anchor="${at ? "middle" : "start"}">${name}</text>` : "";
    return `<rect class="touch" x="${x(at) - step / 2}" y="14" width="${step}" height="${bottom - 14}"><title>${name}: ${money(value, currency)}</title></rect>${label}`;
  });
  return svg("revenue by day",
    `<polygon class="area" points="${x(0)},${y(0)} ${line} ${x(values.length - 1)},${y(0)}"/><polyline class="stroke" points="${line}"/>${inside.join("")}`);
}

// What is asked for

async function refresh() {
  troubles = new Set();
  const [soon] = await Promise.all([operations(), shop()]);
  $("trouble").textContent = [...troubles].join(" · ");
  return soon ? 2000 : 5000;
}

// Answers whether there is much to see soon: while history is replayed.
async function operations() {
  const [lag, replay, ledger, states] = await Promise.all(
    ["/v1/lag", "/v1/replay", "/v1/ledger", "/v1/metrics/orders?granularity=day&by=status"].map(get));
  if (lag) showLag(lag);
  if (replay) showReplay(replay);
  if (ledger) showLedger(ledger);
  if (states) showStates(states.points);
  return replay && replay.total && !replay.done;
}

async function shop() {
  const monthly = await get("/v1/metrics/gross-revenue?granularity=month");
  if (monthly) chooseCurrency(monthly.points);
  if (currency && monthly && monthly.asOf) await sales(monthly);
}

// The one with most months, unless another was chosen.
function chooseCurrency(points) {
  const counts = new Map();
  for (const point of points) counts.set(point.currency, (counts.get(point.currency) || 0) + 1);
  const codes = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || (a < b ? -1 : 1));
  if (!counts.has(currency)) currency = codes[0] || null;
  const options = codes.map(code => `<option${code === currency ? " selected" : ""}>${escape(code)}</option>`).join("");
  if ($("currency").innerHTML !== options) $("currency").innerHTML = options;
}

async function sales(monthly) {
  const today = Math.floor(Date.parse(monthly.asOf) / DAY) * DAY, iso = at => new Date(at).toISOString();
  const last = (days, more) => ({granularity: "day", from: iso(today - (days - 1) * DAY), to: iso(today + DAY), ...more});
  $("as-of").textContent = `as of ${monthly.asOf.slice(0, 16).replace("T", " ")} UTC`;
  const [refunds, revenue, orders, daily, countries, top] = await Promise.all([
    metric("refunds", {granularity: "month"}), metric("revenue", {granularity: "month"}), metric("orders", {granularity: "month"}),
    metric("revenue", last(90)), metric("revenue", last(30, {by: "country"})),
    get(`/v1/products/top?window=7d&by=revenue&limit=10&currency=${currency}`)]);
  const sold = monthly.points.filter(point => point.currency === currency);
  if (revenue && orders) showTotals(sold, sum(revenue.points), sum(orders.points));
  if (refunds) fill("months", months(sold.slice(-13), refunds.points), "No sales yet.");
  if (daily) fill("days", days(daily.points, today - 89 * DAY, today + DAY), "No sales in the last 90 days.");
  if (countries) showCountries(countries.points);
  if (top) await showTop(top.items);
}

function showTotals(sold, revenue, orders) {
  const gross = sum(sold);
  $("revenue").textContent = money(revenue, currency);
  $("revenue-note").textContent = `${money(gross - revenue, currency)} of ${money(gross, currency)} refunded`;
  $("orders").textContent = number(orders);
  $("orders-note").textContent = sold.length ? `since ${utc(sold[0].start, {month: "long", year: "numeric"})}` : "";
  $("average").textContent = orders ? money(gross / orders, currency) : "–";
  $("average-note").textContent = "sold per order";
}

function sums(points) {
  const byKey = new Map();
  for (const point of points) byKey.set(point.key, (byKey.get(point.key) || 0) + Number(point.value));
  return [...byKey].sort((a, b) => b[1] - a[1]);
}

function showCountries(points) {
  const list = sums(points).slice(0, 7);
  fill("countries", shares(list.map(([code, amount]) => [country(code), amount, money(amount, currency)]), list[0]?.[1]), "No sales in the last 30 days.");
}

async function showTop(items) {
  const name = item => item.name || item.productId;
  fill("top", table(["Product", "#Units", "#Revenue"], items.map(item => [name(item), number(item.units), money(item.revenue, currency)])), "No sales in the last 7 days.");
  // Postage sells best and is in no basket.
  for (const item of items.slice(0, 3)) {
    const pairs = await get(`/v1/products/${encodeURIComponent(item.productId)}/bought-together?limit=10`);
    if (!pairs || !pairs.items.length) continue;
    $("pair-of").textContent = name(item);
    fill("pairs", table(["Product", "#Baskets", "#Likeness"], pairs.items.map(pair => [name(pair), number(pair.count), `${Math.round(pair.score * 100)} %`])), "No baskets yet.");
    return;
  }
}

function showLag({groups, totalLag}) {
  $("waiting").textContent = number(totalLag);
  $("waiting-note").textContent = totalLag ? "records to be processed" : "everything is processed";
  const rows = [];
  for (const {partitions} of groups) {
    const topics = new Map();
    for (const {topic, committed, lag, lagSeconds} of partitions) {
      const [processed, waiting, seconds] = topics.get(topic) || [0, 0, 0];
      topics.set(topic, [processed + committed, waiting + lag, Math.max(seconds, lagSeconds)]);
    }
    for (const [topic, [processed, waiting, seconds]] of topics) {
      rows.push([topic, number(processed), number(waiting), seconds ? `${seconds.toFixed(1)} s` : "–"]);
    }
  }
  fill("lag", table(["Topic", "#Processed", "#Lag", "#Behind"], rows), "Nothing is consumed yet.");
}

function showReplay({total, published, done}) {
  $("replay").hidden = !total || done;
  $("replay-text").textContent = `${number(published)} of ${number(total)} events`;
  $("replay-bar").style.width = total ? `${100 * published / total}%` : "0";
}

function showLedger({consumed, topics}) {
  const fates = ["consumed", "applied", "dead", "late", "duplicate"];
  const rows = Object.entries(topics).map(([topic, entry]) => [topic, ...fates.map(fate => number(entry[fate]))]);
  fill("ledger", consumed ? table(["Topic", "#Consumed", "#Applied", "#Dead", "#Late", "#Repeats"], rows) : "", "Nothing was consumed yet.");
}

function showStates(points) {
  const list = sums(points), all = list.reduce((total, [, count]) => total + count, 0);
  fill("states", shares(list.map(([state, count]) => [words(state), count, number(count)]), all), "No orders yet.");
}

let next = 0;
async function loop() {
  let wait = 5000;
  try { wait = await refresh(); } catch { $("trouble").textContent = "The service does not answer."; }
  clearTimeout(next);
  next = setTimeout(loop, wait);
}
$("currency").addEventListener("change", event => { currency = event.target.value; loop(); });
addEventListener("resize", () => { clearTimeout(next); next = setTimeout(loop, 300); });
loop();
