/**
 * What the wire costs below the messages of any protocol, in microseconds of the event loop. Measured by
 * `npm run bench:wire`, each as the processor time of a node that does nothing else (EPYC, Node 20, a busy machine);
 * the figure behind each is what the price is rounded up from.
 */

/** Bytes that arrive are deciphered, counted and copied: 13 to 14 ns. */
export const BYTE_RECEIVED_US = 0.015;
/** A frame of noise, however small: 7.7 to 8.4 with a byte in it. */
export const NOISE_FRAME_US = 8;
/** A frame of yamux without a stream to go to: 1.1. */
export const YAMUX_FRAME_US = 2;
/** A frame of yamux that has to be answered: 12. */
export const YAMUX_PING_US = 12;
/** A frame of data on a stream that somebody reads: 4.3 on a gossip stream, more where each is answered. */
export const YAMUX_DATA_US = 12;
/**
 * A stream that is opened, whatever comes of it: opened and reset at once 130, with a name that nobody speaks 220, a
 * ping 860, a gossip stream 920, identify 1,200, a request of head sync 1,350. [streams opened and reset as fast as
 * they go: 64 KiB held 2,730 of them, two strangers drove the event loop's p99 to 775 ms]
 */
export const STREAM_US = 1_300;
/** A connection that comes in, until it is known whose it is: 5,000, and 6,800 for the first ones of a process. */
export const HANDSHAKE_US = 5_000;
/**
 * What follows for a peer that is let in: identify both ways, a gossip stream, what libp2p remembers of it. 11,000 with
 * the handshake, 15,000 for the first ones.
 */
export const CONNECTION_US = 6_000;
