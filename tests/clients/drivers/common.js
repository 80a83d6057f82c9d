// What the drivers of old Node clients share.
"use strict";
const { execFileSync } = require("child_process");

const results = {};
exports.note = (name, value) => { results[name] = value === undefined ? null : value; };
exports.finish = () => { process.stdout.write("\n" + JSON.stringify(results) + "\n", () => process.exit(0)); };

// A scripted worker accepts the HIT and submits; gives the id of the assignment.
exports.work = (hitId, worker, ...answers) => {
  const [program, ...first] = JSON.parse(process.env.SIMULATE);
  const more = answers.flatMap((answer) => ["--answer", answer]);
  const options = ["submit", hitId, "--worker", worker, "--ignore-requirements", ...more];
  return execFileSync(program, [...first, ...options]).toString().trim().split("\n").pop();
};

// A scripted worker asks for a Qualification; gives `granted`, or the id of the request.
exports.askForQualification = (id, worker) => {
  const [program, ...first] = JSON.parse(process.env.SIMULATE);
  return execFileSync(program, [...first, "request", id, "--worker", worker]).toString().trim().split("\n").pop();
};

exports.refused = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return String(error && error.message ? error.message : error);
  }
  return "no error";
};

// A function that takes a callback last, as a promise of all that the callback is given after the error.
exports.called = (function_, ...given) =>
  new Promise((resolve, reject) => {
    function_(...given, (error, ...values) => (error ? reject(error) : resolve(values)));
  });

exports.FORM =
  '<QuestionForm xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionForm.xsd">' +
  "<Question><QuestionIdentifier>q1</QuestionIdentifier><IsRequired>true</IsRequired>" +
  "<QuestionContent><Text>Name a colour &amp; why; a=b</Text></QuestionContent>" +
  "<AnswerSpecification><FreeTextAnswer/></AnswerSpecification></Question></QuestionForm>";
exports.EXTERNAL =
  '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/' +
  'ExternalQuestion.xsd"><ExternalURL>https://example.com/task?a=1&amp;b=2</ExternalURL><FrameHeight>400</FrameHeight>' +
  "</ExternalQuestion>";
exports.HTML =
  '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd">' +
  "<HTMLContent><![CDATA[<!DOCTYPE html><html><head><title>t</title></head><body>" +
  '<form name="mturk_form" method="post" action="https://workersandbox.mturk.com/mturk/externalSubmit">' +
  '<input type="hidden" name="assignmentId" value=""><input name="q1"></form></body></html>]]></HTMLContent>' +
  "<FrameHeight>450</FrameHeight></HTMLQuestion>";
