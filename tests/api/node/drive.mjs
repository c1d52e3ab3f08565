// Drives one instance of `order` from deployment to history with the vendor's TypeScript client, every answer checked
// against the client's own schemas. Usage: node drive.mjs http://host:port folder-with-diagrams
import assert from 'node:assert/strict';
import path from 'node:path';
import { createCamundaClient } from '@camunda8/orchestration-cluster-api';

const [address, diagrams] = process.argv.slice(2);
const camunda = createCamundaClient({
  config: {
    CAMUNDA_REST_ADDRESS: address,
    CAMUNDA_AUTH_STRATEGY: 'NONE',
    CAMUNDA_SDK_VALIDATION: 'req:strict,res:strict',
  },
});
const wait = { consistency: { waitUpToMs: 10_000 } };
const now = { consistency: { waitUpToMs: 0 } };

assert.match((await camunda.getTopology()).gatewayVersion, /^8\.10/);
const deployment = await camunda.deployResourcesFromFiles(
  ['order.bpmn', 'approval.form'].map((name) => path.join(diagrams, name)),
);
assert.equal(deployment.processes[0].processDefinitionId, 'order');

const worker = camunda.createJobWorker({
  jobType: 'find-price',
  maxParallelJobs: 4,
  jobTimeoutMs: 10_000,
  jobHandler: (job) => job.complete({ price: 7 }),
});
const started = await camunda.createProcessInstance({
  processDefinitionId: 'order',
  variables: { amount: 2, exact: 0.1 },
  tags: ['node'],
  businessId: 'B2',
});
const { processInstanceKey } = started;
const tasks = await camunda.searchUserTasks({ filter: { processInstanceKey, state: 'CREATED' } }, wait);
worker.stop();
assert.equal(tasks.items.length, 1);
const { userTaskKey } = tasks.items[0];
await camunda.assignUserTask({ userTaskKey, assignee: 'anna' });
assert.equal((await camunda.getUserTask({ userTaskKey }, now)).assignee, 'anna');
await camunda.completeUserTask({ userTaskKey, variables: { approved: true } });

assert.equal((await camunda.getProcessInstance({ processInstanceKey }, now)).state, 'COMPLETED');
const filter = { processInstanceKey };
const variables = await camunda.searchVariables({ filter }, now);
assert.deepEqual(
  Object.fromEntries(variables.items.map((one) => [one.name, one.value])),
  { amount: '2', exact: '0.1', price: '7', approved: 'true' },
);
const trail = await camunda.searchAuditLogs({ filter }, now);
assert.ok(trail.items.some((one) => one.operationType === 'COMPLETE'));
await camunda.searchElementInstances({ filter }, now);
await camunda.searchJobs({ filter }, now);
await camunda.searchIncidents({}, now);
await camunda.searchProcessDefinitions({}, now);
await camunda.searchMessageSubscriptions({}, now);
await camunda.getAuthentication();
await assert.rejects(camunda.getProcessInstance({ processInstanceKey: '1' }, now), /404|not found/i);
console.log(`completed ${processInstanceKey}`);
process.exit(0);
