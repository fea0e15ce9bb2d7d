"""What must never be true of releases that were imported, refused by the database itself."""

from curation.migrations._guards import (
    APPROVED_ENOUGH,
    ENOUGH_APPROVALS,
    GATE,
    GUARDS,
    IS_CURRENT,
)
from curation.migrations._triggers import Guard, immutable

# What an editor imported and signed for needs no approvals here; it has to be that revision.
COVERED = "EXISTS (SELECT 1 FROM curation_coveredrevision AS o WHERE o.revision_id = {revision})"
PROVENANCE = (
    Guard(
        name="problem_approved_by_others",
        table="curation_problem",
        on="UPDATE",
        never=f"""NEW.status IN ('approved', 'published')
            AND NOT ({ENOUGH_APPROVALS.format(revision="NEW.current_revision_id")})
            AND NOT {COVERED.format(revision="NEW.current_revision_id")}""",
        message="Too few approvals of this revision.",
    ),
    Guard(
        name="releaseitem_approved",
        table="curation_releaseitem",
        on="INSERT",
        never=f"""NOT ({APPROVED_ENOUGH}) AND NOT {COVERED.format(revision="NEW.revision_id")}
            OR NOT ({IS_CURRENT})""",
        message="A release lists only approved revisions.",
    ),
    Guard(
        name="statuschange_says_why",
        table="curation_statuschange",
        on="INSERT",
        never="""NEW.comment = '' AND NEW.move IN (
            'overrule', 'return', 'reject', 'retire', 'request_changes', 'import'
        )""",
        message="Who sends back or decides says why.",
    ),
)
REPLACED_BY_PROVENANCE = tuple(
    guard
    for guard in (*GUARDS, *GATE)
    if guard.name in {replacing.name for replacing in PROVENANCE}
)
IMPORTS = (
    *immutable("curation_provenance", "Provenances"),
    *immutable("curation_coveredrevision", "Revisions of a provenance"),
    Guard(
        name="provenance_by_an_editor",
        table="curation_provenance",
        on="INSERT",
        never="""NOT EXISTS (
            SELECT 1 FROM curation_user AS u
            WHERE u.id = NEW.imported_by_id AND u.is_editor AND u.is_active
        )""",
        message="Only an editor imports a release.",
    ),
    # What somebody here wrote or judges goes the way of all: it has been a revision before.
    Guard(
        name="coveredrevision_is_new",
        table="curation_coveredrevision",
        on="INSERT",
        never="""NOT EXISTS (
            SELECT 1 FROM curation_revision AS v
            JOIN curation_problem AS p ON p.id = v.problem_id
            JOIN curation_provenance AS o ON o.id = NEW.provenance_id
            WHERE v.id = NEW.revision_id AND v.number = 1
            AND p.status = 'draft' AND p.current_revision_id IS NULL
            AND v.submitted_by_id = o.imported_by_id AND p.author_id = o.imported_by_id
        )""",
        message="Provenance covers only what was imported with it.",
    ),
    Guard(
        name="statuschange_imported",
        table="curation_statuschange",
        on="INSERT",
        never="""NEW.move = 'import' AND NOT EXISTS (
            SELECT 1 FROM curation_coveredrevision AS c
            JOIN curation_provenance AS o ON o.id = c.provenance_id
            WHERE c.revision_id = NEW.revision_id AND o.imported_by_id = NEW.changed_by_id
        )""",
        message="Only what an editor signed for is imported.",
    ),
)
