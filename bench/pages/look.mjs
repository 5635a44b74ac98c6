// Looks at each page in Chromium: light, dark and narrow. Prints one JSON line for each page and form.
// node look.mjs CHROMIUM BASE LINK FOLDER NODE_MODULES PATH...: `LINK` signs in; screenshots and HTML go to FOLDER.
import { createRequire } from "node:module";
import { readFile, writeFile } from "node:fs/promises";

const [chromium, base, link, folder, modules, ...paths] = process.argv.slice(2);
const require = createRequire(modules + "/");
const puppeteer = require("puppeteer-core");
const axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");

const browser = await puppeteer.launch({ executablePath: chromium, headless: true, args: ["--no-sandbox", "--disable-gpu"] });
const forms = { light: [1000, "light"], dark: [1000, "dark"], phone: [390, "light"] };
const name = (path) => path.replace(/^\/dashboard/, "").replace(/[^a-z]+/g, "-").replace(/^-|-$/g, "") || (path === "/" ? "landing" : "functions");

async function open(path) {
  const page = await browser.newPage();
  const requests = [], problems = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => { if (message.type() === "error") problems.push(message.text()); });
  page.on("pageerror", (error) => problems.push(String(error)));
  return { page, requests, problems, go: () => page.goto(base + path, { waitUntil: "load" }) };
}

{
  const page = await browser.newPage();
  await page.goto(link, { waitUntil: "load" });
  await Promise.all([page.waitForNavigation(), page.click("form button")]);
  if (page.url() !== `${base}/dashboard`) throw new Error(`not signed in: ${page.url()}`);
  await page.close();
}
for (const path of paths) {
  const plain = await open(path);
  await plain.page.setJavaScriptEnabled(false);
  const answer = await plain.go();
  await writeFile(`${folder}/${name(path)}.html`, await answer.text());
  const words = await plain.page.$eval("main", (main) => main.textContent.trim().length).catch(() => (plain.page.content().then((text) => text.length)));
  await plain.page.close();
  for (const [form, [width, scheme]] of Object.entries(forms)) {
    const { page, requests, problems, go } = await open(path);
    await page.setViewport({ width, height: 800, deviceScaleFactor: 1 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    const answer = await go();
    await new Promise((done) => setTimeout(done, 300));                // the stream of the log begins
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    const whole = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.screenshot({ path: `${folder}/${name(path)}-${form}.png`, clip: { x: 0, y: 0, width, height: Math.min(whole, 1400) }, captureBeyondViewport: true });
    const checker = await browser.newPage();                           // axe runs past the policy, in a page of its own
    await checker.setBypassCSP(true);
    await checker.setViewport({ width, height: 800 });
    await checker.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await checker.goto(base + path, { waitUntil: "load" });
    await checker.evaluate(axe);
    const found = await checker.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    const faults = found.violations.map((one) => ({ id: one.id, impact: one.impact, where: one.nodes.map((node) => node.target.join(" ")).slice(0, 5) }));
    console.log(JSON.stringify({ path, form, status: answer.status(), words, wide, foreign: requests.filter((url) => !url.startsWith(base) && !url.startsWith("data:")), problems, faults }));
    await checker.close();
    await page.close();
  }
}
await browser.close();
