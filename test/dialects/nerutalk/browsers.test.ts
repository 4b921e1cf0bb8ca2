// Two browsers see and hear each other, having met through nothing but this server's calls and signals.

import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { register } from './people.ts';

const executablePath = '/usr/bin/chromium';

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  if (!existsSync(executablePath)) return;
  server = await startTestServer();
  browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--allow-loopback-in-peer-connection',
    ],
  });
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** A page of this server's own, signed in as somebody. */
async function open(): Promise<Page> {
  const context = await browser.newContext({ bypassCSP: true });
  const page = await context.newPage();
  await page.goto(`${server.url}/health`);
  return page;
}

interface Received {
  frames: number;
  packets: number;
}

/**
 * What a client does, in its browser: `callee` is absent for whoever is called. Resolves when film and sound arrive. As
 * text, since nothing here knows a browser's types.
 */
const converse = `async ({ token, callee }) => {
  const socket = new WebSocket('ws://' + location.host + '/ws?token=' + token);
  const say = (data) => socket.send(JSON.stringify({ type: 'call_signal', data }));
  const act = async (path, body) => {
    const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/json' };
    const answer = await fetch('/api/v1/video-calls/' + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return answer.json();
  };
  const waiting = [];
  let peer;
  let ringing;

  async function meet({ id, ice_config }, other) {
    peer = new RTCPeerConnection(ice_config);
    peer.onicecandidate = ({ candidate }) => {
      if (candidate) say({ call_id: id, to_user_id: other, signal: { type: 'candidate', candidate: candidate.toJSON() } });
    };
    const media = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
    for (const track of media.getTracks()) peer.addTrack(track, media);
  }
  async function describe(id, other) {
    await peer.setLocalDescription();
    const { type, sdp } = peer.localDescription;
    say({ call_id: id, to_user_id: other, signal: { type, sdp } });
  }
  async function take(id, caller) {
    if (!peer) await meet(await act(id + '/answer', {}), caller);
  }
  async function heard(type, data) {
    if (type === 'connection_established' && callee) ringing = await act('initiate', { callee_id: callee });
    if (type === 'connection_established' && !callee) {
      const live = await fetch('/api/v1/video-calls', { headers: { authorization: 'Bearer ' + token } });
      for (const { id, caller_id } of await live.json()) await take(id, caller_id);
    }
    if (type === 'incoming_call') await take(data.call_id, data.caller_id);
    if (type === 'call_answered') {
      await meet(ringing, data.callee_id);
      await describe(data.call_id, data.callee_id);
    }
    if (type !== 'call_signal') return;
    const { signal } = data;
    if (signal.type === 'candidate') {
      if (peer && peer.remoteDescription) await peer.addIceCandidate(signal.candidate);
      else waiting.push(signal.candidate);
      return;
    }
    await peer.setRemoteDescription(signal);
    if (signal.type === 'offer') await describe(data.call_id, data.from_user_id);
    for (const candidate of waiting.splice(0)) await peer.addIceCandidate(candidate);
  }
  // One after the other: no signal overtakes what it belongs to.
  let turn = Promise.resolve();
  socket.onmessage = (message) => {
    const { type, data } = JSON.parse(message.data);
    turn = turn.then(() => heard(type, data));
  };

  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const received = { frames: 0, packets: 0 };
    for (const report of peer ? (await peer.getStats()).values() : []) {
      if (report.type !== 'inbound-rtp') continue;
      if (report.kind === 'video') received.frames = report.framesDecoded;
      else received.packets = report.packetsReceived;
    }
    if (received.frames > 5 && received.packets > 20) return received;
  }
}`;

test.skipIf(!existsSync(executablePath))(
  'film and sound pass both ways between two browsers',
  { timeout: 60_000 },
  async () => {
    const alice = await register(server, 'alice');
    const bob = await register(server, 'bob');
    const [alices, bobs] = [await open(), await open()];
    const as = (page: Page, who: object) => page.evaluate<Received>(`(${converse})(${JSON.stringify(who)})`);
    const ears = await bob.connect();
    const called = as(bobs, { token: bob.token });
    const calling = as(alices, { token: alice.token, callee: bob.id });
    for (const received of await Promise.all([called, calling])) {
      expect(received.frames).toBeGreaterThan(5);
      expect(received.packets).toBeGreaterThan(20);
    }
    // A second device of the one who is called hears it ring, too, and the signals.
    await ears.next('incoming_call');
    await ears.next('call_signal');
    await ears.close();
  },
);
