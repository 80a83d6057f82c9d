// A requester's working day through the npm package mturk-api: 2.2.2 speaks REST, 3.0.2 SOAP.
"use strict";
const { note, finish, work, askForQualification, refused, FORM, EXTERNAL, HTML } = require("./common.js");
const mturk = require(process.env.CLIENT);

const soap = process.env.CLIENT_VERSION.startsWith("3");
// 3.0.2 writes texts into its messages as they are: its README tells users to escape them.
const text = (plain) => soap ? plain.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;") : plain;
const config = { access: process.env.AWS_ACCESS_KEY_ID, secret: process.env.AWS_SECRET_ACCESS_KEY, sandbox: true };

// 2.2.2 gives { CreateHITResponse: { HIT: [ { HITId: [ "..." ] } ] } }, 3.0.2 { HIT: [ { HITId: "..." } ] }.
const find = (node, name) => {
  if (node && typeof node === "object") {
    if (Object.prototype.hasOwnProperty.call(node, name)) return node[name];
    for (const each of Object.values(node)) {
      const found = find(each, name);
      if (found !== undefined) return found;
    }
  }
  return undefined;
};
const one = (node, name) => {
  const found = find(node, name);
  return Array.isArray(found) ? found[0] : found;
};
const all = (node, name) => [].concat(find(node, name) || []);

(async () => {
  const api = soap ? await mturk.connect(config) : mturk.createClient(config);
  const price = (Amount) => ({ Amount, CurrencyCode: "USD" });
  const balance = await api.req("GetAccountBalance");
  note("balance", one(balance, "FormattedPrice"));

  const type = await api.req("RegisterHITType", {
    Title: "Old title", Description: text("Old & <described>"), Keywords: "a, b", Reward: price(0.05),
    AssignmentDurationInSeconds: 600, AutoApprovalDelayInSeconds: 86400,
  });
  const HITTypeId = one(type, "HITTypeId");
  const hits = [];
  for (const Question of [FORM, EXTERNAL, HTML]) {
    const made = await api.req("CreateHIT", {
      HITTypeId, Question: text(Question), LifetimeInSeconds: 3600, MaxAssignments: 2,
      RequesterAnnotation: text("batch & <1>"),
    });
    hits.push(one(made, "HITId"));
  }
  const whole = await api.req("CreateHIT", {
    Title: "Whole", Description: "In one call", Reward: price(0.01), AssignmentDurationInSeconds: 60,
    LifetimeInSeconds: 3600, Question: text(EXTERNAL),
    QualificationRequirement: {
      QualificationTypeId: "00000000000000000071", Comparator: "EqualTo",
      // 2.2.2 flattens one level only, so its users wrote deeper names out.
      ...(soap ? { LocaleValue: { Country: "US" } } : { "LocaleValue.Country": "US" }),
    },
  });
  note("whole", one(whole, "HITStatus") || "no detail");

  const got = await api.req("GetHIT", { HITId: hits[0] });
  note("got", ["HITId", "HITTypeId", "HITStatus", "MaxAssignments", "RequesterAnnotation", "Question", "FormattedPrice"]
    .map((name) => one(got, name)).map(String));
  note("ids", [hits[0], HITTypeId]);
  const found = await api.req("SearchHITs", { PageSize: 2, SortProperty: "CreationTime", SortDirection: "Descending" });
  note("search", [one(found, "NumResults"), one(found, "TotalNumResults"), one(found, "PageNumber")].map(String));
  note("newest", all(found, "HIT").map((hit) => one(hit, "HITId"))[0] === one(whole, "HITId"));

  const first = work(hits[0], "AWORKERONE1", "q1=blue & <green>");
  const second = work(hits[0], "AWORKERTWO2", "q1=red");
  work(hits[2], "AWORKERONE1", "q1=html");
  const reviewable = await api.req("GetReviewableHITs", { HITTypeId, PageSize: 10 });
  note("reviewable", all(reviewable, "HIT").map((hit) => one(hit, "HITId")).join() === hits[0]);
  const given = await api.req("GetAssignmentsForHIT", { HITId: hits[0], PageSize: 10, SortProperty: "SubmitTime" });
  note("assignments", [one(given, "TotalNumResults"), all(given, "Assignment").map((each) => one(each, "WorkerId")).join()]
    .map(String));
  note("answer", one(all(given, "Assignment")[0], "Answer"));
  await api.req("ApproveAssignment", { AssignmentId: first, RequesterFeedback: "Thank you" });
  await api.req("RejectAssignment", { AssignmentId: second });
  await api.req("ApproveRejectedAssignment", { AssignmentId: second });
  note("twice", await refused(api.req("ApproveAssignment", { AssignmentId: first })));
  await api.req("GrantBonus", { WorkerId: "AWORKERONE1", AssignmentId: first, BonusAmount: price(0.25), Reason: "Great" });
  const paid = await api.req("GetBonusPayments", { HITId: hits[0], PageSize: 10 });
  note("bonus", [one(paid, "NumResults"), one(paid, "FormattedPrice"), one(paid, "Reason")].map(String));
  const assignment = await api.req("GetAssignment", { AssignmentId: first });
  note("get_assignment", [one(assignment, "AssignmentStatus"), one(assignment, "HITId") === hits[0]]);

  await api.req("ExtendHIT", { HITId: hits[1], MaxAssignmentsIncrement: 3, ExpirationIncrementInSeconds: 7200 });
  await api.req("ForceExpireHIT", { HITId: hits[1] });
  await api.req("DisposeHIT", { HITId: hits[1] });
  const disposed = await api.req("GetHIT", { HITId: hits[1] });
  note("disposed", [one(disposed, "HITStatus"), String(one(disposed, "MaxAssignments"))]);
  note("early", await refused(api.req("DisposeHIT", { HITId: hits[2] })));
  await api.req("DisableHIT", { HITId: hits[2] });
  await api.req("BlockWorker", { WorkerId: "AWORKERTWO2", Reason: "spam" });
  note("blocked", one(await api.req("GetBlockedWorkers"), "WorkerId"));
  await api.req("UnblockWorker", { WorkerId: "AWORKERTWO2" });
  await api.req("NotifyWorkers", { WorkerId: "AWORKERONE1", Subject: "Hello", MessageText: "There is more" });
  note("statistic", String(one(await api.req("GetRequesterStatistic", { Statistic: "NumberHITsCreated", TimePeriod: "LifeToDate" }),
    "LongValue")));

  const made = await api.req("CreateQualificationType", {
    Name: "Old skill", Description: "A skill", QualificationTypeStatus: "Active", Keywords: "x",
  });
  const QualificationTypeId = one(made, "QualificationTypeId");
  const waiting = askForQualification(QualificationTypeId, "AWORKERONE1");
  const requests = await api.req("GetQualificationRequests", { QualificationTypeId });
  note("requests", one(requests, "QualificationRequestId") === waiting);
  await api.req("GrantQualification", { QualificationRequestId: waiting, IntegerValue: 7 });
  const score = await api.req("GetQualificationScore", { QualificationTypeId, SubjectId: "AWORKERONE1" });
  note("score", String(one(score, "IntegerValue")));
  await api.req("RevokeQualification", { QualificationTypeId, SubjectId: "AWORKERONE1" });
  note("unknown", await refused(api.req("GetHIT", { HITId: "NOSUCHHITNOSUCHHITNOSUCHHITNOS" })));
  note("missing", await refused(api.req("GetHIT", {})));
  finish();
})().catch((error) => { console.error(error); process.exit(1); });
