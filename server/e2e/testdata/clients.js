// What the mobile app and the web admin do, from a page of another origin: the
// browser's own rules decide what these pages may read. Each step's outcome is
// posted back to the page's own server.
"use strict";

const { api, password } = config;
const outcome = { steps: [], failed: "" };

function check(name, ok, got) {
  outcome.steps.push(name);
  navigator.sendBeacon("/step", name);
  if (!ok) throw new Error(name + ": " + JSON.stringify(got));
}

// ask is HttpClient: a token where one is stored, JSON both ways.
async function ask(method, path, { token, body, headers = {} } = {}) {
  const init = { method, headers: { ...headers } };
  if (token) init.headers.Authorization = "Bearer " + token;
  if (body instanceof FormData) init.body = body;
  else if (body !== undefined) {
    init.headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  const r = await fetch(api + path, init);
  const text = await r.text();
  let json = null;
  try { json = JSON.parse(text); } catch { /* not every answer is JSON */ }
  return { status: r.status, json, text, retry: r.headers.get("Retry-After"), type: r.headers.get("Content-Type") };
}

function shown(url) { // an <img> sends no token
  return new Promise((resolve) => {
    const img = new Image();
    img.onload = () => resolve(img.naturalWidth);
    img.onerror = () => resolve(0);
    img.src = url;
    document.body.append(img);
  });
}

const photos = {};

async function photoForm(fields, bytes = "/photo.jpg") {
  let blob = bytes;
  if (typeof bytes === "string") blob = photos[bytes] ??= await (await fetch(bytes)).blob();
  const form = new FormData();
  form.append("image", new File([blob], "image.jpg", { type: "image/jpeg" }));
  for (const [k, v] of Object.entries(fields)) form.append(k, v);
  return form;
}

async function mobileApp() {
  const person = { firstName: "Lito", lastName: "Reyes", email: `lito-${Math.random()}@farm.example`, password, confirmPassword: password,
    province: "Guimaras", city: "Jordan", barangay: "Hoskyn" };
  let r = await ask("POST", "/register/", { body: { ...person, password: "secret" } });
  check("a weak password's rules can be read", r.status === 400 && Array.isArray(r.json.errors), r);
  r = await ask("POST", "/register/", { body: person });
  check("register", r.status === 200 && r.json.success && r.json.user.firstName === "Lito", r);
  r = await ask("POST", "/login/", { body: { email: person.email, password: "wrong" } });
  check("a wrong password is a readable 401", r.status === 401 && r.json.message === "Invalid email or password.", r);
  r = await ask("POST", "/login/", { body: { email: person.email, password } });
  check("login", r.status === 200, r);
  localStorage.setItem("refreshToken", r.json.refresh);

  r = await ask("GET", "/history/", { token: "expired" });
  check("an expired token is a readable 401", r.status === 401, r);
  r = await ask("POST", "/auth/refresh/", { body: { refresh: localStorage.getItem("refreshToken") } });
  check("refresh", r.status === 200 && r.json.access, r);
  const token = r.json.access;

  r = await ask("POST", "/predict/", { token, body: await photoForm({ detection_type: "leaf", preview_only: "true" }) });
  check("preview", r.status === 200 && r.json.data.gate_validation.passed === true && r.json.data.predictions.length > 0, r);
  const asked = await Promise.all(r.json.data.predictions.map((p) => ask("GET", `/symptoms/?disease=${encodeURIComponent(p.disease)}&plant_part=leaf`, { token })));
  check("symptoms", asked.every((a) => a.status === 200 && a.json.symptoms.length > 0), asked);
  r = await ask("GET", "/disease-locations/all/");
  check("the map, without a token", r.status === 200 && Array.isArray(r.json.data.locations), r);
  r = await ask("POST", "/predict/", { token, body: await photoForm({ detection_type: "leaf", preview_only: "false", is_detection_correct: "true",
    selected_symptoms: '["dark_spots_brown"]', latitude: "10.72", longitude: "122.56", location_source: "device gps" }) });
  check("save", r.status === 200 && r.json.data.saved_image_id > 0 && typeof r.json.data.prediction_summary === "object", r);
  outcome.saved = r.json.data.saved_image_id;
  r = await ask("GET", "/history/", { token });
  check("history", r.status === 200 && r.json.data.analyses.length === 1, r);
  await photo(r.json.data.analyses[0].image_url);

  r = await ask("POST", "/predict/", { token, body: await photoForm({ preview_only: "true" }, new Blob([new Uint8Array(12 << 20)])) });
  check("413 can be read", r.status === 413 && r.json.errors.length > 0, r);
  r = await ask("POST", "/predict/", { token, body: await photoForm({ preview_only: "true" }, new Blob(["no photo"])) });
  check("400 can be read", r.status === 400 && r.json.error === "Invalid image file", r);
  r = await ask("GET", "/classified-images/", { token });
  check("403 can be read", r.status === 403 && r.json.error, r);
  r = await ask("GET", "/no-such-page/", { token });
  check("404 can be read", r.status === 404 && r.json.error, r);
  r = await ask("PUT", "/history/", { token, body: {} });
  check("405 can be read", r.status === 405 && r.json.error, r);
  await busy(token);
}

// photo is shown first and fetched then: what an <img> left in the browser's
// cache must not stand in for an answer that a page may read.
async function photo(url) {
  check("the photo's address is absolute", url.startsWith("http"), url);
  check("the photo is shown", await shown(url) > 0, url);
  for (const headers of [{}, { "Content-Type": "application/octet-stream" }]) {
    const blob = await (await fetch(url, { headers })).blob();
    check("the photo is downloaded", blob.size > 0 && blob.type === "image/jpeg", [blob.size, blob.type]);
  }
  const bare = await fetch(url.split("?")[0]);
  check("without its signature it is a readable 403", bare.status === 403, bare.status);
}

// busy fills the server, which takes one photo at a time here; the PNG is small
// to send and slow to decode.
async function busy(token) {
  let full = null;
  for (let round = 0; round < 50 && !full; round++) {
    const bodies = [];
    for (let i = 0; i < 6; i++) bodies.push(await photoForm({ preview_only: "true" }, "/slow.png"));
    const all = await Promise.all(bodies.map((body) => ask("POST", "/predict/", { token, body })));
    check("nothing else while it is full", all.every((r) => r.status === 200 || r.status === 503), all.map((r) => r.status));
    full = all.find((r) => r.status === 503);
  }
  check("503 can be read, and how long to wait", full && Number(full.retry) > 0 && full.json.error, full);
}

async function webAdmin() {
  let r = await ask("POST", "/auth/login/", { body: { username: "boss", password: "wrong" } });
  check("a wrong password's text can be read", r.status === 401 && r.json.error === "Invalid credentials", r);
  r = await ask("POST", "/auth/login/", { body: { username: "boss", password } });
  check("login", r.status === 200 && r.json.user.is_superuser, r);
  const token = r.json.access;
  r = await ask("GET", "/disease-statistics/", { token });
  check("dashboard", r.status === 200 && r.json.data.total_images > 0, r);
  r = await ask("GET", `/classified-images/?_t=${Date.now()}`, { token });
  check("gallery", r.status === 200 && r.json.data.images.length > 0 && r.json.data.images[0].model_used === "leaf", r);
  const image = r.json.data.images[0];
  await photo(image.image_url);
  r = await ask("PUT", `/classified-images/${image.id}/`, { token, body: { is_verified: true, notes: "" } });
  check("verify", r.status === 200 && r.json.data.is_verified, r);
  r = await ask("GET", "/users/?page=1&page_size=20", { token });
  check("users", r.status === 200 && r.json.data.users.length > 0, r);
  const user = r.json.data.users.find((u) => !u.is_staff);
  for (const is_active of [false, true]) {
    r = await ask("PUT", `/users/${user.id}/`, { token, body: { is_active } });
    check("a user's state", r.status === 200 && r.json.data.is_active === is_active, r);
  }
  r = await ask("GET", "/user-confirmations/?page=1&page_size=50", { token });
  check("confirmations", r.status === 200 && Array.isArray(r.json.data.results), r);
  const csv = await (await fetch(api + "/export-confirmations/", { headers: { Authorization: "Bearer " + token } })).blob();
  check("CSV", csv.type.startsWith("text/csv") && (await csv.text()).startsWith("id,"), csv.type);
  r = await ask("GET", "/notifications/", { token });
  check("notifications", r.status === 200 && r.json.notifications.length > 0, r);
  const bell = r.json.notifications[0].id;
  r = await ask("PATCH", `/notifications/${bell}/mark-read/`, { token, body: {} });
  check("read", r.status === 200, r);
  r = await ask("POST", "/notifications/delete-selected/", { token, body: { ids: [bell] } });
  check("deleted", r.status === 200 && r.json.deleted_count === 1, r);
  r = await ask("GET", "/model-settings/", { token });
  check("models", r.status === 200 && r.json.data.available_models.leaf.includes(r.json.data.active_models.leaf), r);
  r = await ask("POST", "/retrain/", { token, body: { model_type: "leaf" } });
  check("501 can be read", r.status === 501 && r.json.message && r.json.data, r);
  r = await ask("POST", "/admin/symptoms/", { token, body: { key: "odd_smell", plant_part: "leaf" } });
  check("a symptom is added", r.status === 201 && r.json.id > 0, r);
  r = await ask("DELETE", `/admin/symptoms/${r.json.id}/`, { token });
  check("and deleted", r.status === 204 && r.text === "", r);
  r = await ask("DELETE", `/classified-images/${image.id}/`, { token });
  check("an image is deleted", r.status === 200, r);
}

// impatient asks for more than it may, after the others.
async function impatient() {
  let many;
  for (let i = 0; i < 300; i++) {
    many = await ask("POST", "/register/", { body: {} });
    if (many.status === 429) break;
  }
  check("429 can be read, and how long to wait", many.status === 429 && Number(many.retry) > 0 && many.json.message, many);
}

// stranger is a page that is on no list: the server may answer, but the
// browser shows it nothing.
async function stranger() {
  for (const init of [{}, { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" }]) {
    let read = null;
    try { read = (await fetch(api + "/health/", init)).status; } catch { /* as it should */ }
    check("a stranger reads nothing", read === null, read);
  }
}

(async () => {
  try {
    await { mobile: mobileApp, admin: webAdmin, stranger, impatient }[config.role]();
  } catch (e) {
    outcome.failed = String(e && e.message || e).slice(0, 2000);
  }
  await fetch("/outcome", { method: "POST", body: JSON.stringify(outcome) });
})();
