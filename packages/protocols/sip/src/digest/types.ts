/** What a client answers challenges with: the password, or HA1 values made of it. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Stored proofs of a password, made for one realm; lower-case hexadecimal. */
export interface Ha1 {
  readonly md5: string;
  readonly sha256: string;
}
