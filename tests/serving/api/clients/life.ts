// One case's life by a client made from the OpenAPI document: submit, list, claim, resolve, outcome.
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

const [address, system, analyst] = process.argv.slice(2) as [string, string, string];
const as = (key: string) =>
  createClient<paths>({ baseUrl: address, headers: { Authorization: `Bearer ${key}` } });

function got<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

const decided = got(
  await as(system).POST("/v1/cases", {
    body: {
      domain: "price_override",
      exception_id: "TS-1",
      payload: { receipt_id: "R-1", listed_price: "80.00", charged_price: "8.00" },
    },
  }),
);
if (decided.case_id === null) throw new Error("the case was not stored");
const path = { case_id: decided.case_id };

const listed = got(await as(analyst).GET("/v1/cases", { params: { query: { state: "open", q: "TS-1" } } }));
got(await as(analyst).POST("/v1/cases/{case_id}/claim", { params: { path } }));
const closed = got(
  await as(analyst).POST("/v1/cases/{case_id}/resolve", {
    params: { path },
    body: { action: "accepted", cause: "price_match", reason_code: "justified" },
  }),
);
const recorded = got(
  await as(system).POST("/v1/outcomes", { body: { domain: "price_override", exception_id: "TS-1", wrong: false } }),
);
if (!("wrong" in recorded)) throw new Error("one outcome was sent, and several were answered");
const file = got(await as(analyst).GET("/v1/cases/{case_id}", { params: { path } }));

console.log(
  JSON.stringify({
    disposition: decided.disposition,
    listed: listed.items.map((item) => item.exception_id),
    state: closed.state,
    wrong: recorded.wrong,
    outcomes: file.outcomes.map((label) => label.source),
  }),
);
