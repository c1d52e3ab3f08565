// bpmn-engine, driven from Python: a JSON object a line in, one out.
//   {"name", "xml"} prepares a diagram; {"name", "way", "count", "variables", "file"} runs it so often.
// ways: "memory" never saves; "saved" saves after every activity, and goes on; "resumed" saves where a person has to act, forgets the
// engine, and recovers it from the file for each of these steps. A save is JSON in a file, flushed to the disk.

import fs from "node:fs";
import readline from "node:readline";
import { EventEmitter } from "node:events";
import { Engine } from "bpmn-engine";
import BpmnModdle from "bpmn-moddle";
import * as elements from "bpmn-elements";
import contextSerializer from "moddle-context-serializer";

const serialize = contextSerializer.default ?? contextSerializer;
const { TypeResolver } = await import("moddle-context-serializer");
const prepared = new Map();

async function prepare(name, xml) {
  const context = await new BpmnModdle().fromXML(xml);
  prepared.set(name, serialize(context, TypeResolver(elements)));
}

function save(file, state) {
  const handle = fs.openSync(file, "w");
  fs.writeSync(handle, JSON.stringify(state));
  fs.fsyncSync(handle);
  fs.closeSync(handle);
}

async function once(name, way, variables, file) {
  const engine = new Engine({ name, sourceContext: prepared.get(name), variables: { ...variables } });
  const listener = new EventEmitter();
  if (way === "resumed") return resumed(engine, name, file);
  if (way === "saved") {
    const saving = [];
    listener.on("activity.end", (activity, execution) => saving.push(execution.getState()));
    listener.on("activity.end", () => save(file, saving.pop()));
  }
  const ended = engine.waitFor("end");
  const execution = await engine.execute({ listener });
  await ended;
  if (execution.state !== "idle") throw new Error(`${name} did not end: ${execution.state}`);
  if (way === "saved") save(file, execution.getState());
}

async function resumed(engine, name, file) {
  let execution = await engine.execute({ listener: new EventEmitter() });
  for (;;) {
    const [waiting] = execution.getPostponed().filter((each) => each.type === "bpmn:UserTask");
    if (!waiting) break;
    save(file, execution.getState());
    execution.stop();
    const state = JSON.parse(fs.readFileSync(file, "utf8"));
    const again = new Engine({ name }).recover(state);
    execution = await again.resume({ listener: new EventEmitter() });
    const task = execution.getPostponed().find((each) => each.type === "bpmn:UserTask");
    task.signal({ done: true });
  }
  save(file, execution.getState());
  if (execution.state !== "idle") throw new Error(`${name} did not end: ${execution.state}`);
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  try {
    if (asked.xml) {
      await prepare(asked.name, asked.xml);
      console.log("{}");
    } else {
      const cpu = process.cpuUsage();
      const began = process.hrtime.bigint();
      for (let index = 0; index < asked.count; index++) await once(asked.name, asked.way, asked.variables, asked.file);
      const wall = Number(process.hrtime.bigint() - began) / 1e9;
      const used = process.cpuUsage(cpu);
      console.log(JSON.stringify({ wall, cpu: (used.user + used.system) / 1e6 }));
    }
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.stack) }));
  }
}
