import { Empty } from "../parts/Trouble";
import { RouterLink } from "../parts/RouterLink";
import { useTitle } from "../parts/useTitle";
import { text } from "../strings";

export default function NotFound() {
  useTitle(text.trouble.notFound);
  return (
    <main className="alone">
      <Empty title={text.trouble.notFound} what={text.trouble.notFoundWhat}>
        <RouterLink href="/">{text.trouble.toOverview}</RouterLink>
      </Empty>
    </main>
  );
}
