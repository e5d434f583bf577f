#!/usr/bin/env node
// A centrifuge-js client that does what it is told: a JSON object a line on stdin; what happens, as JSON lines, on
// stdout. tests/interop/sdk/client_process.h lists both. Ends with its stdin.
import { createInterface } from 'node:readline';
import { Centrifuge } from 'centrifuge';
import WebSocket from 'ws';

const tell = (event, members) => process.stdout.write(JSON.stringify({ event, ...members }) + '\n');
const failure = (error) => ({ error: { code: error.code ?? -1, message: error.message ?? String(error) } });
const publication = ({ data, offset, info, tags }) => ({ data, offset, info: info && clientInfo(info), tags });
const clientInfo = ({ client, user, connInfo, chanInfo }) => ({ client, user, conn_info: connInfo, chan_info: chanInfo });

// Hands out `tokens` in their order, and tells of each.
const giveFrom = (tokens, channel) => tokens && (async () => {
  tell('token asked', { channel });
  return tokens.shift() ?? '';
});

let client;
const subscriptions = new Map();

const commands = {
  connect({ url, token, tokens, timeout_ms }) {
    client = new Centrifuge(url, {
      websocket: WebSocket,
      token: token ?? '',
      getToken: giveFrom(tokens) ?? null,
      timeout: timeout_ms ?? 5000,
      minReconnectDelay: 5,
      maxReconnectDelay: 200,
      name: 'interop',
    });
    client.on('connecting', ({ code, reason }) => tell('connecting', { code, reason }));
    client.on('connected', (context) => tell('connected', { client: context.client }));
    client.on('disconnected', ({ code, reason }) => tell('disconnected', { code, reason }));
    client.on('error', ({ error }) => tell('problem', failure(error)));
    client.connect();
  },
  disconnect: () => client.disconnect(),
  subscribe({ channel, tokens, join_leave, delta }) {
    let subscription = subscriptions.get(channel);
    if (!subscription) {
      subscription = client.newSubscription(channel, {
        ...(tokens && { getToken: giveFrom(tokens, channel) }),
        ...(delta && { delta }),
        joinLeave: join_leave ?? false,
        minResubscribeDelay: 5,
        maxResubscribeDelay: 200,
      });
      subscriptions.set(channel, subscription);
      subscription.on('subscribing', ({ code, reason }) => tell('subscribing', { channel, code, reason }));
      subscription.on('subscribed', (context) => tell('subscribed', {
        channel,
        recoverable: context.recoverable,
        positioned: context.positioned,
        was_recovering: context.wasRecovering,
        recovered: context.recovered,
        offset: context.streamPosition?.offset,
        epoch: context.streamPosition?.epoch,
      }));
      subscription.on('unsubscribed', ({ code, reason }) => tell('unsubscribed', { channel, code, reason }));
      subscription.on('publication', (context) => tell('publication', { channel, ...publication(context) }));
      subscription.on('join', ({ info }) => tell('join', { channel, info: clientInfo(info) }));
      subscription.on('leave', ({ info }) => tell('leave', { channel, info: clientInfo(info) }));
      subscription.on('error', ({ error }) => tell('problem', { channel, ...failure(error) }));
    }
    subscription.subscribe();
  },
  unsubscribe: ({ channel }) => subscriptions.get(channel).unsubscribe(),
  publish: ({ channel, data }) => client.publish(channel, data).then(() => ({})),
  async history({ channel, limit, since, reverse }) {
    const { publications, offset, epoch } = await client.history(channel, { limit, since, reverse });
    return { publications: publications.map(publication), offset, epoch };
  },
  async presence({ channel }) {
    const { clients } = await client.presence(channel);
    return { clients: Object.fromEntries(Object.entries(clients).map(([id, info]) => [id, clientInfo(info)])) };
  },
  async presence_stats({ channel }) {
    const { numClients, numUsers } = await client.presenceStats(channel);
    return { clients: numClients, users: numUsers };
  },
  rpc: ({ method, data }) => client.rpc(method, data).then((result) => ({ data: result.data })),
};

createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const command = JSON.parse(line);
    try {
      const answer = await commands[command.do](command);
      if (command.call) tell('answer', { call: command.call, ...answer });
    } catch (error) {
      tell('answer', { call: command.call, ...failure(error) });
    }
  })
  .on('close', () => process.exit(0));
