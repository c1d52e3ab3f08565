// feelin's side of the benchmark: one line of JSON in, CPU seconds per call out. Started in a folder with feelin in it.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const entry = createRequire(join(process.cwd(), 'package.json')).resolve('feelin');
const { evaluate, parseExpression, unaryTest } = await import(pathToFileURL(entry));

const works = {
  parse: ({ text, context }) => parseExpression(text, context),
  evaluate: ({ text, context }) => evaluate(text, context),
  // It has no tables: the rules are gone through as an engine above it would.
  table: ({ rules, values }) => {
    for (const [cells, output] of rules) {
      if (cells.every((cell, at) => unaryTest(cell, { '?': values[at] }).value === true)) return evaluate(output, {});
    }
  },
};

const prepared = new Map();
for await (const line of createInterface({ input: process.stdin })) {
  const { name, work, given, repeat } = JSON.parse(line);
  if (work) {
    prepared.set(name, () => works[work](given));
    process.stdout.write('0\n');
    continue;
  }
  const call = prepared.get(name);
  const before = process.cpuUsage();
  for (let i = 0; i < repeat; i++) call();
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${(user + system) / 1e6 / repeat}\n`);
}
