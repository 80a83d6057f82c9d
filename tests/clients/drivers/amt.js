// A requester's working day through the npm package amt 0.1.4, beginning with the steps of its own live tests.
"use strict";
const { note, finish, work, refused, called, FORM, EXTERNAL, HTML } = require("./common.js");
// The client leaves & in values as it is, so its users could not send any; ; and = it leaves too, which must arrive.
const plain = (text) => text.replace(/&amp;/g, ";");
const AMT = require(process.env.CLIENT);

(async () => {
  const amt = new AMT({ key: process.env.AWS_ACCESS_KEY_ID, secret: process.env.AWS_SECRET_ACCESS_KEY });
  const { HIT, HITType, Notification, Reward, Assignment } = amt;

  const type = new HITType({ title: "Test", description: "Test description", reward: new Reward(0.01), duration: 60 });
  await called(type.create.bind(type));
  note("type_id", type.id);
  const notification = new Notification({
    destination: "http://receptor.invalid/ping", transport: "REST", events: ["AssignmentAccepted"],
  });
  await called(type.setNotification.bind(type), notification);

  const hit = new HIT({ hitType: type, question: plain(FORM), MaxAssignments: 5, life: 300 });
  const [made, typeOfHit] = await called(hit.create.bind(hit));
  note("created", [made instanceof HIT, typeOfHit === type.id, /^[A-Z0-9]+$/.test(hit.id)]);
  const [got] = await called(HIT.get, hit.id);
  note("got", [got.id === hit.id, got.title, got.status, got.question, String(got.MaxAssignments)]);
  const [found, count, page, total] = await called(HIT.search, { SortDirection: "Descending" });
  note("first", [found[0].id === hit.id, found.length, count, page, total]);
  await called(hit.expire.bind(hit));
  await called(hit.dispose.bind(hit));
  const [disposed] = await called(HIT.get, hit.id);
  note("disposed", disposed.status);
  note("hidden", (await called(HIT.search, { SortDirection: "Descending" }))[0].length);

  const whole = new HIT({
    title: "Whole; a=b", description: "In one call", reward: new Reward(0.05), duration: 60, life: 300, question: plain(EXTERNAL),
    MaxAssignments: 2, Keywords: "a, b",
  });
  const hits = [];
  for (const each of [whole, new HIT({ hitType: type, question: HTML, life: 300 })]) {
    await called(each.create.bind(each));
    hits.push(each.id);
  }
  note("whole", (await called(HIT.get, hits[0]))[0].title);
  const first = work(hits[0], "AWORKERONE1", "q1=blue & <green>");
  const second = work(hits[0], "AWORKERTWO2", "q1=red");
  const [given, number, , all] = await called(amt.getAssignmentsForHit.bind(amt), hits[0], { PageSize: 10 });
  note("assignments", [number, all, given.map((each) => each.WorkerId).join()]);
  const [assignment] = await called(Assignment.get, first);
  note("answer", assignment.answer.QuestionFormAnswers.Answer.FreeText);
  await called(assignment.approve.bind(assignment), "Thank you");
  await called(amt.rejectAssignment.bind(amt), second, "No");
  await called(amt.approveRejectedAssignment.bind(amt), second, "Sorry");
  note("statuses", (await called(amt.getAssignmentsForHit.bind(amt), hits[0], {}))[0]
    .map((each) => each.AssignmentStatus).join());
  note("twice", await refused(called(amt.approveAssignment.bind(amt), first)));
  await called(amt.testNotification.bind(amt), "HITReviewable", notification).catch((error) => note("test", String(error)));
  await called(amt.disposeHIT.bind(amt), hits[0]);
  await called(amt.disableHIT.bind(amt), hits[1]);
  note("left", (await called(HIT.search, {}))[3]);
  note("unknown", await refused(called(HIT.get, "NOSUCHHITNOSUCHHITNOSUCHHITNOS")));
  finish();
})().catch((error) => { console.error(error); process.exit(1); });
