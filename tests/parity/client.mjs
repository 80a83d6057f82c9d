// Makes the calls that it reads, one JSON array [operation, input] a line, and writes an answer a line.
import * as readline from "node:readline";
import * as mturk from "@aws-sdk/client-mturk";

const client = new mturk.MTurkClient({ endpoint: process.argv[2], region: "us-east-1", maxAttempts: 1 });
const dates = new Set(["ExpireAt"]);
const revive = (name, value) => (dates.has(name) ? new Date(value * 1000) : value);

for await (const line of readline.createInterface({ input: process.stdin })) {
  const [operation, input] = JSON.parse(line, revive);
  let answer;
  try {
    const { $metadata, ...output } = await client.send(new mturk[`${operation}Command`](input));
    answer = { output };
  } catch (error) {
    answer = { error: { code: error.TurkErrorCode, message: error.Message ?? error.message } };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
