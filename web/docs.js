// The API reference: reads the services' one OpenAPI document, shows it, and filters it.
import { byId, el } from "./dom.js";
import { plural } from "./format.js";
import { groupsOf, wordsOf } from "./openapi.js";
import { figure } from "./pixel.js";
import { groupSection, indexOf, prose } from "./view-docs.js";

const SOURCE = "/docs/openapi.json";
const ANSWER_TIMEOUT_MS = 10_000;

async function read() {
  const response = await fetch(SOURCE, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`The service answered ${response.status}.`);
  return response.json();
}

function show(reference) {
  const groups = groupsOf(reference);
  byId("docs-title").textContent = `${reference.info.title} API`;
  byId("docs-version").textContent = `Version ${reference.info.version} · OpenAPI ${reference.openapi}`;
  byId("docs-description").replaceChildren(...prose(reference.info.description));
  byId("index").replaceChildren(...indexOf(groups));
  byId("operations").replaceChildren(...groups.map((group) => groupSection(reference, group)));
  document.body.dataset.view = "ready";
  startFilter(groups);
  if (location.hash) byId(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

/** Every word must occur. Groups with nothing left are hidden, in the index too. */
function startFilter(groups) {
  const words = new Map(groups.flatMap((group) => group.operations.map((operation) => [operation.id, wordsOf(operation, group)])));
  const apply = () => {
    const wanted = byId("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (id) => wanted.every((word) => words.get(id).includes(word));
    for (const element of document.querySelectorAll("[data-operation]")) element.hidden = !fits(element.dataset.operation);
    for (const section of document.querySelectorAll("[data-group]")) {
      section.hidden = !section.querySelector("[data-operation]:not([hidden])");
    }
    const left = [...words.keys()].filter(fits).length;
    byId("filter-status").textContent = left === words.size ? plural(left, "operation") : `${left} of ${plural(words.size, "operation")}`;
  };
  byId("filter").addEventListener("input", apply);
  apply();
}

function showFailure(error) {
  document.body.dataset.view = "error";
  byId("filter-status").textContent = "";
  byId("message").hidden = false;
  byId("message").replaceChildren(
    figure("plug"),
    el("p", { class: "label" }, "No signal"),
    el("h2", {}, "The reference is out of reach"),
    el("p", {}, error.name === "TimeoutError" ? "The service did not answer." : error.message),
    el("p", { class: "actions" }, el("a", { class: "button", href: "/docs" }, "Try again")),
  );
}

byId("filter-form").addEventListener("submit", (event) => event.preventDefault());
read().then(show).catch(showFailure);
