// The API reference: reads the OpenAPI document of each service, shows them as one, and filters them.
import { byId, el } from "./dom.js";
import { plural } from "./format.js";
import { groupsOf, wordsOf } from "./openapi.js";
import { figure } from "./pixel.js";
import { groupSection, indexOf } from "./view-docs.js";

const SOURCES = ["/v1/scores/openapi.json", "/docs/get_scores.json", "/v1/jobs/openapi.json"];
const ANSWER_TIMEOUT_MS = 10_000;

async function read(source) {
  const response = await fetch(source, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`The service answered ${response.status}.`);
  return response.json();
}

/** What came is shown; what didn't is named. */
async function readAll() {
  const answers = await Promise.allSettled(SOURCES.map(read));
  const documents = answers.filter(({ status }) => status === "fulfilled").map(({ value }) => value);
  if (!documents.length) throw answers[0].reason;
  return { documents, missing: SOURCES.filter((_, index) => answers[index].status === "rejected") };
}

function show({ documents, missing }) {
  const groups = groupsOf(documents);
  const [{ info, openapi }] = documents;
  byId("docs-version").textContent = `Version ${info.version} · OpenAPI ${openapi}`;
  byId("docs-missing").hidden = !missing.length;
  byId("docs-missing").textContent = `A part is missing, since these did not answer: ${missing.join(", ")}.`;
  byId("index").replaceChildren(...indexOf(groups));
  byId("operations").replaceChildren(...groups.map(groupSection));
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
readAll().then(show).catch(showFailure);
