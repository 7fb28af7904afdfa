// Every safety rule that scripts/prove-safety.mjs turns off: what it says (its room first), the smallest edit without which it
// does not hold, and the test files of which one must then fail. `named` leaves only those tests whose names it matches,
// where a file is slow.
import { accessRules } from "./safety/access.mjs";
import { browserPhoneRules } from "./safety/browser-phones.mjs";
import { callControlRules } from "./safety/call-control.mjs";
import { doorRules } from "./safety/doors.mjs";
import { flowRules } from "./safety/flow.mjs";
import { peopleRules } from "./safety/people.mjs";
import { phoneProtectionRules } from "./safety/phone-protection.mjs";
import { protectedSoundRules } from "./safety/protected-sound.mjs";
import { proxyRules } from "./safety/proxy.mjs";
import { rtpengineRules } from "./safety/rtpengine.mjs";
import { serverRules } from "./safety/server.mjs";
import { sipRules } from "./safety/sip.mjs";
import { soundRules } from "./safety/sound.mjs";
import { storeRules } from "./safety/store.mjs";
import { transportRules } from "./safety/transports.mjs";
import { voicemailRules } from "./safety/voicemail.mjs";

/** All of them, in the order in which they are tried. */
export const safetyRules = [
  ...doorRules,
  ...accessRules,
  ...flowRules,
  ...sipRules,
  ...browserPhoneRules,
  ...callControlRules,
  ...transportRules,
  ...proxyRules,
  ...soundRules,
  ...protectedSoundRules,
  ...phoneProtectionRules,
  ...rtpengineRules,
  ...storeRules,
  ...serverRules,
  ...peopleRules,
  ...voicemailRules,
];
