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

# What its author takes back of an image, or text that was found in it meanwhile.
UNCLEARED_IMAGE = """EXISTS (
    SELECT 1 FROM curation_revisionimage AS l JOIN curation_image AS i ON i.id = l.image_id
    WHERE l.revision_id = {revision} AND (
        i.source = '' OR i.license = '' OR i.attribution = '' OR i.no_patient_confirmed_at IS NULL
        OR (i.text_areas IS NOT NULL AND i.text_areas <> '[]' AND i.text_attested_at IS NULL)
    )
)"""
# A rejection of any revision, unless an editor decided about that revision or a later one.
STANDING_REJECTION = """EXISTS (
    SELECT 1 FROM curation_review AS r JOIN curation_revision AS v ON v.id = r.revision_id
    WHERE v.problem_id = NEW.problem_id AND r.verdict = 'reject' AND NOT EXISTS (
        SELECT 1 FROM curation_statuschange AS c JOIN curation_revision AS w ON w.id = c.revision_id
        WHERE c.problem_id = NEW.problem_id AND c.move IN ('overrule', 'return')
        AND w.number >= v.number
    )
)"""
GATE = (
    Guard(
        name="problem_approved_cleared",
        table="curation_problem",
        on="UPDATE",
        never=f"""NEW.status = 'approved' AND OLD.status <> 'approved'
            AND {UNCLEARED_IMAGE.format(revision="NEW.current_revision_id")}""",
        message="An image of this revision is not cleared.",
    ),
    Guard(
        name="releaseitem_cleared",
        table="curation_releaseitem",
        on="INSERT",
        never=UNCLEARED_IMAGE.format(revision="NEW.revision_id"),
        message="A release shows only images that were cleared.",
    ),
    Guard(
        name="statuschange_says_why",
        table="curation_statuschange",
        on="INSERT",
        never="""NEW.comment = ''
            AND NEW.move IN ('overrule', 'return', 'reject', 'retire', 'request_changes')""",
        message="Who sends back or decides says why.",
    ),
    Guard(
        name="statuschange_no_quiet_approval",
        table="curation_statuschange",
        on="INSERT",
        never=f"NEW.move = 'approve' AND {STANDING_REJECTION}",
        message="Where somebody rejected it an editor decides.",
    ),
    Guard(
        name="statuschange_decided_by_others",
        table="curation_statuschange",
        on="INSERT",
        never="""NEW.move IN ('overrule', 'return', 'reject', 'retire') AND (
            EXISTS (
                SELECT 1 FROM curation_problem AS p
                WHERE p.id = NEW.problem_id AND p.author_id = NEW.changed_by_id
            ) OR NEW.move <> 'retire' AND EXISTS (
                SELECT 1 FROM curation_review AS r
                JOIN curation_revision AS v ON v.id = r.revision_id
                WHERE v.problem_id = NEW.problem_id AND r.reviewer_id = NEW.changed_by_id
            )
        )""",
        message="Whoever wrote or reviewed a problem does not decide it.",
    ),
)

# A release is a draft at first, which may be thrown away; published, it stays for ever.
_IN_A_DRAFT = """EXISTS (
    SELECT 1 FROM curation_release AS l WHERE l.id = OLD.release_id AND l.stage = 'draft'
)"""
_LISTING_WHAT_FELL = """EXISTS (
    SELECT 1 FROM curation_releaseitem AS t JOIN curation_problem AS p ON p.id = t.problem_id
    WHERE t.release_id = NEW.id AND (
        p.status NOT IN ('approved', 'published') OR p.current_revision_id <> t.revision_id
        OR {uncleared}
    )
)"""
LISTS_WHAT_FELL = _LISTING_WHAT_FELL.format(
    uncleared=UNCLEARED_IMAGE.format(revision="t.revision_id")
)
STAGES = (
    Guard(
        name="releaseitem_no_delete",
        table="curation_releaseitem",
        on="DELETE",
        never=f"NOT {_IN_A_DRAFT}",
        message="Release items are never changed or deleted.",
    ),
    Guard(
        name="releasefile_no_delete",
        table="curation_releasefile",
        on="DELETE",
        never=f"NOT {_IN_A_DRAFT}",
        message="Files of a release are never changed or deleted.",
    ),
    Guard(
        name="release_no_delete",
        table="curation_release",
        on="DELETE",
        never="OLD.stage <> 'draft'",
        message="A release never changes.",
    ),
    Guard(
        name="problem_published_by_release",
        table="curation_problem",
        on="UPDATE",
        never="""NEW.status = 'published' AND NOT EXISTS (
            SELECT 1 FROM curation_releaseitem AS i JOIN curation_release AS l
            ON l.id = i.release_id
            WHERE i.revision_id = NEW.current_revision_id AND l.stage <> 'draft'
        )""",
        message="Only a release publishes.",
    ),
    Guard(
        name="releaseitem_before_files",
        table="curation_releaseitem",
        on="INSERT",
        never="""NOT EXISTS (
            SELECT 1 FROM curation_release AS l
            WHERE l.id = NEW.release_id AND l.stage = 'draft' AND l.status = 'queued'
        )""",
        message="A release takes nothing more once its files are written.",
    ),
    Guard(
        name="release_stays",
        table="curation_release",
        on="UPDATE",
        never="""NEW.version <> OLD.version OR NEW.notes <> OLD.notes OR NEW.cut_at <> OLD.cut_at
            OR NEW.cut_by_id <> OLD.cut_by_id OR NEW.card <> OLD.card OR NEW.seed <> OLD.seed
            OR NEW.held_out_percent <> OLD.held_out_percent
            OR (OLD.status = 'ready' AND NEW.status <> 'ready')
            OR (OLD.stage <> 'draft' AND NEW.published_at <> OLD.published_at)
            OR (OLD.stage = 'yanked' AND NEW.yanked_because <> OLD.yanked_because)""",
        message="A release never changes.",
    ),
    Guard(
        name="release_stage_goes_on",
        table="curation_release",
        on="UPDATE",
        never="""(OLD.stage = 'draft' AND NEW.stage = 'yanked')
            OR (OLD.stage = 'published' AND NEW.stage = 'draft')
            OR (OLD.stage = 'yanked' AND NEW.stage <> 'yanked')""",
        message="A release goes from draft to published to yanked.",
    ),
    Guard(
        name="release_published_whole",
        table="curation_release",
        on="UPDATE",
        never=f"""OLD.stage = 'draft' AND NEW.stage = 'published'
            AND (NEW.status <> 'ready' OR {LISTS_WHAT_FELL})""",
        message="Only a whole release of what still stands is published.",
    ),
)
_NEW = {guard.name for guard in STAGES}
# What looks at releases is lifted while their tables change, and set again or anew.
BEFORE_STAGES = tuple(
    guard for guard in (*GUARDS, *GATE) if "curation_release" in guard.table + guard.never
)
AFTER_STAGES = (*(guard for guard in BEFORE_STAGES if guard.name not in _NEW), *STAGES)
