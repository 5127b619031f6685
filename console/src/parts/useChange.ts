import { useMutation, useQueryClient } from "@tanstack/react-query";

import type { Api } from "../api/client";
import { useDesk } from "../state/session";
import { useShell } from "../state/shell";

/**
 * Change something on the server: says how it went, and asks anew for what is on the screen.
 *
 * @param manner `here`: whoever asks shows himself why it was refused, as a dialogue must, which lies over all else.
 */
export function useChange<Input = void>(
  change: (api: Api, input: Input) => Promise<unknown>, done: (input: Input) => string, manner: { here?: boolean } = {},
) {
  const { api, region } = useDesk();
  const { notify } = useShell();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: Input) => change(api, input),
    onSuccess: async (_, input) => {
      notify("success", done(input));
      await queries.invalidateQueries({ queryKey: [region] });
    },
    onError: (error: Error) => {
      if (manner.here !== true) notify("error", error.message);
    },
  });
}
