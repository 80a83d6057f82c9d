// A requester's working day through the npm package mturk 0.4.1, with the steps of its own live tests.
"use strict";
const { note, finish, work, refused, called, FORM, EXTERNAL } = require("./common.js");
const mturk = require(process.env.CLIENT)({
  url: `http://127.0.0.1:${process.env.GATEWAY_PORT}`,
  receptor: { port: Number(process.env.RECEPTOR_PORT), host: "127.0.0.1" },
  poller: { frequency_ms: 300 },
  accessKeyId: process.env.AWS_ACCESS_KEY_ID,
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
});

(async () => {
  const { HIT, HITType, Price, Notification, Assignment } = mturk;
  const reward = new Price("0.10", "USD");
  const options = { keywords: "receipt", autoApprovalDelayInSeconds: 3600 };
  const [type] = await called(HITType.create, "Extract info", "Fill a form", reward, 3600, options);
  note("type_id", type.id);
  const notification = Notification.build("http://127.0.0.1:9/", "REST", ["HITReviewable", "AssignmentSubmitted"]);
  await called(HITType.setNotification, type.id, notification, true);

  const [hit] = await called(HIT.create, type.id, FORM, 3600, { maxAssignments: 2, requesterAnnotation: '{"batch":7}' });
  note("created", [hit.hitTypeId === type.id, JSON.stringify(hit.requesterAnnotation)]);
  const [got] = await called(HIT.get, hit.id);
  note("got", [got.id === hit.id, got.title, got.hitStatus, got.autoApprovalDelayInSeconds, got.reward.formattedPrice ||
    got.reward.FormattedPrice]);
  const [number, total, page, found] = await called(HIT.search, { pageSize: 10, pageNumber: 1, sortProperty: "creationTime" });
  note("search", [number, total, page, found.map((each) => each.id).join() === hit.id]);

  const reviewable = new Promise((resolve) => mturk.on("HITReviewable", resolve));
  const first = work(hit.id, "AWORKERONE1", "q1=blue & green");
  const second = work(hit.id, "AWORKERTWO2", "q1=red");
  note("polled", (await reviewable) === hit.id);
  const [, waiting, , hits] = await called(HIT.getReviewable, { pageSize: 20, pageNumber: 1, status: "Reviewable" });
  note("reviewable", [waiting, hits.map((each) => each.id).join() === hit.id]);
  const [count, , all, assignments] = await called(HIT.getAssignments, hit.id, { pageSize: 10 });
  note("assignments", [count, all, assignments.map((each) => each.workerId).join()]);
  const answer = assignments[0].answer;
  note("answer", typeof answer === "object" ? answer.QuestionFormAnswers.Answer.FreeText : answer);
  await called(Assignment.approve, first, "Thank you");
  await called(Assignment.reject, second, "No");
  note("twice", await refused(called(Assignment.approve, first, "Again")));
  await called(HIT.dispose, hit.id);
  note("disposed", (await called(HIT.get, hit.id))[0].hitStatus);

  const [other] = await called(HIT.create, type.id, EXTERNAL, 3600, undefined);
  await called(HIT.expire, other.id);
  note("expired", (await called(HIT.get, other.id))[0].hitStatus);
  await called(HIT.dispose, other.id);
  const [unwanted] = await called(HIT.create, type.id, EXTERNAL, 3600, undefined);
  await called(HIT.disable, unwanted.id);
  note("left", (await called(HIT.search, undefined))[1]);
  note("unknown", await refused(called(HIT.get, "NOSUCHHITNOSUCHHITNOSUCHHITNOS")));
  finish();
})().catch((error) => { console.error(error); process.exit(1); });
