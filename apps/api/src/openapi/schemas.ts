import {
  batchRequest,
  apiKey,
  fileObject,
  fileRequest,
  fileUpload,
  delivery,
  deliveryAttempt,
  endpoint,
  endpointPatch,
  endpointRequest,
  job,
  jobAttempt,
  jobError,
  jobList,
  schedule,
  scheduleList,
  scheduleOptions,
  scheduleRequest,
  kindDescription,
  logEvent,
  progressEvent,
  madeKey,
  madeTenant,
  newKey,
  newTenant,
  plan,
  planLimits,
  problemDocument,
  queueState,
  redeliverRequest,
  retryFilter,
  retryRequest,
  signingSecret,
  stateEvent,
  submitOptions,
  submitRequest,
  tenant,
  tenantChange,
  tenantPage,
  usage,
} from '@turno/contract';
import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;

/** The schemas in use, by their names in the document. What is sent is described as sent, before defaults are filled in. */
export const schemasInUse = {
  answered: {
    File: fileObject,
    FileUpload: fileUpload,
    Job: job,
    JobAttempt: jobAttempt,
    JobError: jobError,
    JobList: jobList,
    Schedule: schedule,
    ScheduleList: scheduleList,
    StateEvent: stateEvent,
    ProgressEvent: progressEvent,
    LogEvent: logEvent,
    Kind: kindDescription,
    Endpoint: endpoint,
    SigningSecret: signingSecret,
    Delivery: delivery,
    DeliveryAttempt: deliveryAttempt,
    Problem: problemDocument,
    ApiKey: apiKey,
    MadeKey: madeKey,
    Tenant: tenant,
    TenantPage: tenantPage,
    MadeTenant: madeTenant,
    Plan: plan,
    Usage: usage,
    Queue: queueState,
  } as Record<string, z.ZodType>,
  sent: {
    FileRequest: fileRequest,
    SubmitRequest: submitRequest,
    SubmitOptions: submitOptions,
    BatchRequest: batchRequest,
    ScheduleRequest: scheduleRequest,
    ScheduleOptions: scheduleOptions,
    RetryRequest: retryRequest,
    RetryFilter: retryFilter,
    NewKey: newKey,
    NewTenant: newTenant,
    TenantChange: tenantChange,
    PlanLimits: planLimits,
    EndpointRequest: endpointRequest,
    EndpointPatch: endpointPatch,
    RedeliverRequest: redeliverRequest,
  } as Record<string, z.ZodType>,
};

export function refTo(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** JSON Schema 2020-12 of all of them, each refering to the others by name. */
export function componentSchemas({ answered, sent }: typeof schemasInUse): Record<string, JsonSchema> {
  return { ...convert(answered, 'output'), ...convert(sent, 'input') };
}

function convert(schemas: Record<string, z.ZodType>, io: 'input' | 'output'): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const converted = z.toJSONSchema(registry, {
    io,
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ zodSchema, jsonSchema }) => {
      Object.assign(jsonSchema, { description: z.globalRegistry.get(zodSchema)?.description });
      dropNoise(jsonSchema, io);
    },
  }).schemas as Record<string, JsonSchema>;
  return Object.fromEntries(
    Object.entries(converted).map(([name, schema]) => [name, { ...schema, $schema: undefined, $id: undefined }]),
  );
}

/** What a reader knows anyway, or should not lean on: how a date-time is spelled, and that an integer is one a double can hold. */
function dropNoise(schema: z.core.JSONSchema.BaseSchema, io: 'input' | 'output'): void {
  if (schema.format === 'date-time') delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  // Clients must bear fields that come later; what they send themselves is held to what is known.
  if (io === 'output' && schema.additionalProperties === false) delete schema.additionalProperties;
  if (schema.description === undefined) delete schema.description;
}
