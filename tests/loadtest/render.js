// Renders the report of a run that never was: DATA holds what k6 would hand over, as JSON.

import { summarize } from "../../loadtest/report.js";
import { renderHtml } from "../../loadtest/report_html.js";
import { renderText } from "../../loadtest/report_text.js";
import { options as planned } from "../../loadtest/plan.js";
import { readSettings } from "../../loadtest/settings.js";

const settings = readSettings(__ENV);

export const options = { iterations: 1 };

export default function () {}

export function handleSummary() {
  const report = summarize(JSON.parse(__ENV.DATA), settings);
  const plan = planned(settings);
  return { stdout: JSON.stringify({ plan, report, html: renderHtml(report), text: renderText(report) }) };
}
