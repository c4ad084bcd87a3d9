import type { Preview } from "../api/operations.ts";
import { Icon } from "../ui/icons.tsx";
import { Changes } from "./Changes.tsx";

/** What the server says that a request would do, and which rules it breaks. */
export function PreviewBox({ preview, note }: { preview: Preview | undefined; note?: string | undefined }) {
  const broken = preview?.rules.filter((rule) => !rule.holds) ?? [];
  return (
    <output class="preview" aria-live="polite">
      {preview && (
        <>
          <Changes changes={preview.changes} />
          {note && preview.allowed && <span class="soft">{note}</span>}
          {broken.map((rule) => (
            <div key={rule.code + (rule.field ?? "")} class="field-error">
              <Icon name="warning" />
              {rule.message}
            </div>
          ))}
        </>
      )}
    </output>
  );
}
