import Link, { type LinkProps } from "@cloudscape-design/components/link";
import { useNavigate } from "react-router";

/** Cloudscape's link, which goes to a screen without loading the page anew. */
export function RouterLink({ href, ...rest }: LinkProps & { href: string }) {
  const navigate = useNavigate();
  return (
    <Link {...rest} href={href} onFollow={(event) => {
      event.preventDefault();
      void navigate(href);
    }} />
  );
}
