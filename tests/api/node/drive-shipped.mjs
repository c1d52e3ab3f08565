// Drives customer-service as it ships, the case system outside, with the vendor's TypeScript client.
// Usage: node drive-shipped.mjs http://host:port folder-of-the-process
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { createCamundaClient } from '@camunda8/orchestration-cluster-api';

const [address, folder] = process.argv.slice(2);
const camunda = createCamundaClient({
  config: {
    CAMUNDA_REST_ADDRESS: address,
    CAMUNDA_AUTH_STRATEGY: 'NONE',
    CAMUNDA_SDK_VALIDATION: 'req:strict,res:strict',
  },
});
const wait = { consistency: { waitUpToMs: 60_000 } };
const now = { consistency: { waitUpToMs: 0 } };

const names = fs.readdirSync(folder, { recursive: true }).filter((name) => fs.statSync(path.join(folder, name)).isFile());
const resources = names.map((name) => new File([fs.readFileSync(path.join(folder, name))], name));
const deployment = await camunda.createDeployment({ resources });
assert.ok(deployment.processes.some((one) => one.processDefinitionId === 'customer-service'));

const worker = camunda.createJobWorker({
  jobType: 'log-case',
  maxParallelJobs: 4,
  jobTimeoutMs: 10_000,
  jobHandler: (job) => job.complete({ record: 'logged outside' }),
});
const enquiry = {
  id: 'E-NODE-1',
  channel: 'email',
  from: { name: 'Ada Fields', email: 'ada.fields@example.com' },
  subject: 'Where is my parcel?',
  text:
    'My order AB-123456 was shipped last Monday and the parcel has still not arrived. ' +
    'The tracking has not changed for three days. When will it be delivered?',
};
const arrived = await camunda.correlateMessage({ name: 'customer-enquiry', variables: { enquiry } });
const { processInstanceKey } = arrived;
const tasks = await camunda.searchUserTasks({ filter: { processInstanceKey, state: 'CREATED' } }, wait);
const { userTaskKey, elementId } = tasks.items[0];
assert.equal(elementId, 'ReviewResponse');
await camunda.assignUserTask({ userTaskKey, assignee: 'anna' });
await camunda.completeUserTask({
  userTaskKey,
  variables: { decision: 'approve', response: 'Dear Ada Fields, we have opened the search today. Regards' },
});
const ended = await camunda.searchProcessInstances({ filter: { processInstanceKey, state: 'COMPLETED' } }, wait);
assert.equal(ended.items.length, 1);
worker.stop();
const found = await camunda.searchVariables({ filter: { scopeKey: processInstanceKey, name: 'record' } }, now);
assert.equal(found.items[0].value, '"logged outside"');
const passed = await camunda.searchElementInstances({ filter: { processInstanceKey }, page: { limit: 200 } }, now);
assert.ok(passed.items.some((one) => one.elementId === 'DraftResponse'));
const trail = await camunda.searchAuditLogs({ filter: { processInstanceKey } }, now);
assert.ok(trail.items.some((one) => one.actorId === 'classify-enquiry'));
console.log(`completed ${processInstanceKey}`);
process.exit(0);
