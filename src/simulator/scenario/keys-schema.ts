/** What a scenario file may say about keys. */
import Type, { type TSchema } from "typebox";
import { DEFAULT_KEYS } from "./defaults.ts";
import { closed, kinds, list, MAX_CLIENTS, MAX_EPOCHS, MAX_MS, selection, wholeNumber } from "./schema-parts.ts";

const published = {
  about: Type.Union(
    [Type.String({ minLength: 1, maxLength: 64 }), Type.Integer({ minimum: 1, maximum: MAX_CLIENTS })],
    {
      description: "about whose key: a name such as client-02, or 2",
    },
  ),
  fromEpoch: Type.Optional(wholeNumber(1, MAX_EPOCHS, "the first epoch", DEFAULT_KEYS.lie.fromEpoch)),
  toEpoch: Type.Optional(wholeNumber(1, MAX_EPOCHS, "the last epoch (left out: it never ends)")),
};
const told = { ...published, to: selection("to which clients", "client-01") };

export const KeysLieSchema: TSchema = kinds(
  {
    "swapped-key": {
      ...told,
      ahead: Type.Optional(
        wholeNumber(0, 1_000, "how many epochs the private fork is ahead of the newest one", DEFAULT_KEYS.lie.ahead),
      ),
    },
    "hidden-version": told,
    "forgotten-version": told,
    "old-epoch": {
      ...told,
      behind: Type.Optional(wholeNumber(1, MAX_EPOCHS, "how many epochs old the answer is", DEFAULT_KEYS.lie.behind)),
    },
    "other-vrf-key": told,
    "other-label": told,
    denied: told,
    withheld: told,
    "inserted-version": published,
    "tombstoned-version": published,
  },
  "a lie about a key: a kind, about whom, to which clients (but for the last two, which everybody is shown), and from when to when",
);

export const KeysSchema: TSchema = closed(
  {
    contacts: Type.Optional(
      wholeNumber(0, 1_000, "how many others each client checks the keys of", DEFAULT_KEYS.contacts),
    ),
    watchEveryMs: Type.Optional(
      Type.Integer({
        minimum: 10,
        maximum: MAX_MS,
        description:
          "the time from one look of a client at its own history to the next, whole milliseconds from 10 to 31 days",
        default: DEFAULT_KEYS.watchEveryMs,
      }),
    ),
    newKeyEpochs: Type.Optional(
      wholeNumber(
        0,
        MAX_EPOCHS,
        "every how many epochs each client publishes a new key; 0: never",
        DEFAULT_KEYS.newKeyEpochs,
      ),
    ),
    lies: Type.Optional(list(KeysLieSchema, "a list of lies about keys")),
  },
  "keys that clients check: each is in the directory, and asks about others (left out: clients ask about digests alone)",
);
