"""What must never be true of publication, refused by the database itself."""

from curation.migrations._triggers import Guard, immutable

# Approvals of a revision by people other than the problem's author. A person has one review a
# revision (`review_once_a_person`), so counting rows counts people.
ENOUGH_APPROVALS = """(
    SELECT COUNT(*) FROM curation_review AS r
    WHERE r.revision_id = {revision} AND r.verdict = 'approve'
) >= (SELECT v.required_approvals FROM curation_revision AS v WHERE v.id = {revision})"""
APPROVED_ENOUGH = ENOUGH_APPROVALS.format(revision="NEW.revision_id")
IS_CURRENT = """EXISTS (
    SELECT 1 FROM curation_problem AS p
    WHERE p.id = NEW.problem_id AND p.current_revision_id = NEW.revision_id
    AND p.status IN ('approved', 'published')
)"""

GUARDS = (
    *immutable("curation_revision", "Revisions"),
    *immutable("curation_revisionimage", "Images of a revision"),
    *immutable("curation_review", "Reviews"),
    *immutable("curation_statuschange", "Status changes"),
    *immutable("curation_releaseitem", "Release items"),
    *immutable("curation_releasefile", "Files of a release"),
    Guard(
        name="review_not_by_author",
        table="curation_review",
        on="INSERT",
        never="""EXISTS (
            SELECT 1 FROM curation_revision AS v JOIN curation_problem AS p ON p.id = v.problem_id
            WHERE v.id = NEW.revision_id AND p.author_id = NEW.reviewer_id
        )""",
        message="Nobody reviews their own problem.",
    ),
    Guard(
        name="problem_author_stays",
        table="curation_problem",
        on="UPDATE",
        never="NEW.author_id <> OLD.author_id",
        message="A problem keeps its author.",
    ),
    # Else a problem could borrow the approvals of another, or its own author's.
    Guard(
        name="problem_revision_is_its_own",
        table="curation_problem",
        on="UPDATE",
        never="""NEW.current_revision_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM curation_revision AS v
            WHERE v.id = NEW.current_revision_id AND v.problem_id = NEW.id
        )""",
        message="A problem has revisions of its own.",
    ),
    Guard(
        name="problem_approved_by_others",
        table="curation_problem",
        on="UPDATE",
        never=f"""NEW.status IN ('approved', 'published')
            AND NOT ({ENOUGH_APPROVALS.format(revision="NEW.current_revision_id")})""",
        message="Too few approvals of this revision.",
    ),
    Guard(
        name="problem_published_by_release",
        table="curation_problem",
        on="UPDATE",
        never="""NEW.status = 'published' AND NOT EXISTS (
            SELECT 1 FROM curation_releaseitem AS i WHERE i.revision_id = NEW.current_revision_id
        )""",
        message="Only a release publishes.",
    ),
    Guard(
        name="problem_published_stays",
        table="curation_problem",
        on="UPDATE",
        never="""OLD.status IN ('published', 'retired') AND (
            NEW.status NOT IN ('published', 'retired')
            OR NEW.current_revision_id <> OLD.current_revision_id
            OR (OLD.status = 'retired' AND NEW.status <> 'retired')
        )""",
        message="What was published can only be retired.",
    ),
    Guard(
        name="problem_starts_as_draft",
        table="curation_problem",
        on="INSERT",
        never="NEW.status <> 'draft'",
        message="A problem starts as a draft.",
    ),
    Guard(
        name="releaseitem_approved",
        table="curation_releaseitem",
        on="INSERT",
        never=f"NOT ({APPROVED_ENOUGH}) OR NOT ({IS_CURRENT})",
        message="A release lists only approved revisions.",
    ),
    Guard(
        name="releaseitem_before_files",
        table="curation_releaseitem",
        on="INSERT",
        never="""NOT EXISTS (
            SELECT 1 FROM curation_release AS l WHERE l.id = NEW.release_id AND l.status = 'queued'
        )""",
        message="A release takes nothing more once its files are written.",
    ),
    Guard(
        name="release_stays",
        table="curation_release",
        on="UPDATE",
        never="""NEW.version <> OLD.version OR NEW.notes <> OLD.notes OR NEW.cut_at <> OLD.cut_at
            OR NEW.cut_by_id <> OLD.cut_by_id OR NEW.card <> OLD.card
            OR (OLD.status = 'ready' AND NEW.status <> 'ready')""",
        message="A release never changes.",
    ),
    Guard(
        name="image_of_revision_stays",
        table="curation_image",
        on="UPDATE",
        never="NEW.sha256 <> OLD.sha256",
        message="An image keeps its content.",
    ),
)
