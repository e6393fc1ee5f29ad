/** What was published with this epoch, from 1 on; whatever is missing until then is published first. */
export function publishedAt<Published>(
  published: readonly Published[],
  epoch: number,
  publishNext: () => void,
): Published {
  for (;;) {
    const found = published[epoch];
    if (found !== undefined) return found;
    publishNext();
  }
}
