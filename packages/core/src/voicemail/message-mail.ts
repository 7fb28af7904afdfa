import type { Mail } from "../mail/index.ts";
import type { VoiceMessage } from "./types.ts";

/** What a mail about a message says, in one language. */
interface Wording {
  readonly unknownCaller: string;
  readonly subject: (who: string) => string;
  readonly text: (who: string, when: string, length: string) => string;
}

const english: Wording = {
  unknownCaller: "an unknown number",
  subject: (who) => `Voice message from ${who}`,
  text: (who, when, length) => `You have a new voice message.\n\nFrom: ${who}\nReceived: ${when}\nLength: ${length}\n`,
};

const wordings: Readonly<Record<string, Wording>> = {
  en: english,
  it: {
    unknownCaller: "un numero sconosciuto",
    subject: (who) => `Messaggio vocale da ${who}`,
    text: (who, when, length) => `C'è un nuovo messaggio vocale.\n\nDa: ${who}\nRicevuto: ${when}\nDurata: ${length}\n`,
  },
  de: {
    unknownCaller: "unbekannter Nummer",
    subject: (who) => `Sprachnachricht von ${who}`,
    text: (who, when, length) =>
      `Sie haben eine neue Sprachnachricht.\n\nVon: ${who}\nEingegangen: ${when}\nDauer: ${length}\n`,
  },
  fr: {
    unknownCaller: "un numéro inconnu",
    subject: (who) => `Message vocal de ${who}`,
    text: (who, when, length) =>
      `Vous avez un nouveau message vocal.\n\nDe : ${who}\nReçu : ${when}\nDurée : ${length}\n`,
  },
  es: {
    unknownCaller: "un número desconocido",
    subject: (who) => `Mensaje de voz de ${who}`,
    text: (who, when, length) =>
      `Tiene un mensaje de voz nuevo.\n\nDe: ${who}\nRecibido: ${when}\nDuración: ${length}\n`,
  },
};

/** Longest caller's name or number that a mail repeats. */
const LONGEST_PARTY = 64;

/** What a mail about a message is made of. */
export interface MessageMailParts {
  readonly message: Pick<VoiceMessage, "from" | "at" | "lasted">;
  /** The user's e-mail address. */
  readonly to: string;
  /** BCP 47, of which the first part counts; English where the house does not speak it. */
  readonly language: string;
  /** IANA name of the zone whose wall clock the user reads. */
  readonly timeZone: string;
  /** Where the message's WAV file is; null: it does not go along. */
  readonly path: string | null;
}

/** The mail that brings a user a message: who, when, how long, and the sound itself if that is wanted. */
export function messageMail({ message: { from, at, lasted }, to, language, timeZone, path }: MessageMailParts): Mail {
  const spoken = language.toLowerCase().split("-", 1)[0] ?? "";
  const [wording, locale] = Object.hasOwn(wordings, spoken)
    ? [wordings[spoken] ?? english, spoken]
    : [english, "en-GB"];
  const who = partyText(from) || wording.unknownCaller;
  const when = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short", timeZone }).format(at);
  const whole = Math.round(lasted / 1000);
  const length = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  return {
    to,
    subject: wording.subject(who),
    text: wording.text(who, when, length),
    attachment:
      path === null
        ? null
        : {
            name: `${new Date(at).toISOString().slice(0, 16).replaceAll(":", "-")}.wav`,
            path,
            type: "audio/wav",
          },
  };
}

/** As in `Ada (0039045123)`; empty when nothing is known. */
function partyText(from: VoiceMessage["from"]): string {
  const [name, number] = [inLine(from.name), inLine(from.number)];
  if (name === "" || number === "" || name === number) return name || number;
  return `${name} (${number})`;
}

/** What comes from outside must not end a line. */
const inLine = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .trim()
    .slice(0, LONGEST_PARTY);
