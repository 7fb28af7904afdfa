export type {
  Codec,
  LegQuality,
  LocalMedia,
  NegotiatedMedia,
  SoundEngine,
  SoundEngineState,
  SoundFact,
  SoundRefusal,
  SoundSource,
} from "./ports.ts";
