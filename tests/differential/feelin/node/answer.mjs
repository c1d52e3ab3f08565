// Answers a stream of questions, one JSON text per line: {"text", "context", "input"?} gives {"value"} or {"error"}.
import { createInterface } from 'node:readline';
import { evaluate, unaryTest } from 'feelin';

function written(value) {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return { number: String(value) };
  if (typeof value === 'bigint') return { number: String(value) };
  if (typeof value === 'function') return { function: true };
  if (Array.isArray(value)) return value.map(written);
  const kind = value.constructor ? value.constructor.name : 'Object';
  if (kind === 'FeelRange') {
    return { range: [written(value.start), written(value.end), !!value['start included'], !!value['end included']] };
  }
  if (kind === 'FeelFunction') return { function: true };
  if (typeof value.iso === 'string') return { temporal: value.iso };
  return { context: Object.fromEntries(Object.entries(value).map(([name, one]) => [name, written(one)])) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { text, context, input } = JSON.parse(line);
  let answer;
  try {
    const { value } = input === undefined ? evaluate(text, context) : unaryTest(text, { ...context, '?': input });
    answer = { value: written(value) };
  } catch (error) {
    answer = { error: String(error.message ?? error).slice(0, 200) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
