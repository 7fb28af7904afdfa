import { clockOf, ms, randomOf, silentLog } from "@cordboard/kernel";
import { createBuiltinSound } from "@cordboard/media";
import { freePortRange, rtpPeer } from "@cordboard/testkit";
import { startRtpengine } from "@cordboard/testkit/rtpengine";
import { createRelayedSound, openNgLink } from "../src/debug.ts";
import type { LegId } from "@cordboard/kernel";
const t0=performance.now();
const say = (...a: unknown[]) => console.log((performance.now()-t0).toFixed(0), ...a);
const r = await startRtpengine();
say("started", r.port);
const log={...silentLog, warn:(m:string,f:unknown)=>say("WARN",m,f), error:(m:string,f:unknown)=>say("ERR",m,f), info:(m:string,f:unknown)=>say(m,f)};
const parts = { clock: clockOf(globalThis), random: randomOf(globalThis), log };
const builtin = createBuiltinSound({ ...parts, ports: await freePortRange(20), workers: 1, drainMs: ms(100) });
const engine = createRelayedSound({ ...parts, builtin, rtpengines: [{ transport: "udp", host: r.host, port: r.port }], openLink: (a, p) => { const l = openNgLink(a, {...p, events: {...p.events, onMessage: (m) => { say(a.transport, "<", m.cookie, [...m.body].map(([k,v])=>k+"="+String(v).slice(0,process.env["L"]?600:30).replace(/\r\n/g,"|")).join(" ").slice(0,process.env["L"]?900:200)); p.events.onMessage(m);} , onUp: () => {say(a.transport,"UP"); p.events.onUp()}}}); return {...l, send:(b)=>{ say(a.transport, ">", Buffer.from(b).toString("latin1").replace(/\r\n/g,"|").slice(0,process.env["L"]?900:90)); l.send(b)}, localAddress:()=>l.localAddress(), close:()=>l.close()} } });
await engine.ready();
say("ready", engine.describe().relays);
engine.onFact((f)=>say("FACT",JSON.stringify(f)));
const A = "leg_A" as LegId, B = "leg_B" as LegId;
const a = await rtpPeer({frequencyHz:440}), b = await rtpPeer({frequencyHz: 620});
const la = await engine.open(A, {address:"127.0.0.1"}); if(la.ok){engine.connect(A,a.agreed());a.sendTo(la.value)}
const lb = await engine.open(B, {address:"127.0.0.1", near: A}); if(lb.ok){engine.connect(B,b.agreed());b.sendTo(lb.value)}
engine.bridge(A,B);
await Promise.all([a.heard(620),b.heard(440)]);
say("HEARD", builtin.describe());
await a.resting(ms(Number(process.env["W"]??1000)));
say(await engine.close(A)); say(await engine.close(B));
await engine.stopAll(); await a.close(); await b.close(); await r.kill();
