// Waiting no longer than so long: what breaks on its way may leave a question unanswered for ever.

/** What `work` comes to; when it takes longer, what `late` says or throws, and if it is not given, an Error. */
export async function within<T, L = never>(
  milliseconds: number,
  work: Promise<T>,
  late: () => L = () => {
    throw new Error(`no answer within ${milliseconds} ms`);
  },
): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
  try {
    return await Promise.race([work, passed.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}
