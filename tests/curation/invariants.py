"""What must hold of publication at any time, asked of the rows in SQL, not of our own code."""

import hashlib

from django.db import connection

from curation.domain.checklist import ITEMS
from curation.models import Review, Revision

# What is wrong -> a query for the rows of which it is true.
_BROKEN = {
    "approved or published without enough approvals of the current revision by others": """
        SELECT p.id FROM curation_problem AS p
        JOIN curation_revision AS v ON v.id = p.current_revision_id
        WHERE p.status IN ('approved', 'published', 'retired') AND v.required_approvals > (
            SELECT COUNT(DISTINCT r.reviewer_id) FROM curation_review AS r
            WHERE r.revision_id = v.id AND r.verdict = 'approve' AND r.reviewer_id <> p.author_id
        ) AND NOT EXISTS (
            SELECT 1 FROM curation_coveredrevision AS o
            JOIN curation_provenance AS f ON f.id = o.provenance_id
            JOIN curation_statuschange AS c ON c.revision_id = v.id AND c.move = 'import'
            WHERE o.revision_id = v.id AND c.changed_by_id = f.imported_by_id
        )""",
    "approved over a rejection without an editor's decision": """
        SELECT p.id FROM curation_problem AS p
        JOIN curation_revision AS v ON v.problem_id = p.id
        JOIN curation_review AS r ON r.revision_id = v.id AND r.verdict = 'reject'
        WHERE p.status IN ('approved', 'published', 'retired') AND NOT EXISTS (
            SELECT 1 FROM curation_statuschange AS c
            JOIN curation_revision AS w ON w.id = c.revision_id
            WHERE c.problem_id = p.id AND c.move IN ('overrule', 'return')
            AND w.number >= v.number
        )""",
    "decided by its author or without a reason": """
        SELECT c.id FROM curation_statuschange AS c
        JOIN curation_problem AS p ON p.id = c.problem_id
        WHERE c.move IN ('overrule', 'return', 'reject', 'retire')
        AND (c.changed_by_id = p.author_id OR TRIM(c.comment) = '')""",
    "decided by somebody who had judged it": """
        SELECT c.id FROM curation_statuschange AS c
        JOIN curation_revision AS v ON v.problem_id = c.problem_id
        JOIN curation_review AS r ON r.revision_id = v.id AND r.reviewer_id = c.changed_by_id
        WHERE c.move IN ('overrule', 'return', 'reject') AND r.submitted_at < c.changed_at""",
    "submitted again as it was returned, and nobody replied": """
        SELECT v.id FROM curation_revision AS v
        JOIN curation_statuschange AS c ON c.problem_id = v.problem_id
        JOIN curation_revision AS w ON w.id = c.revision_id AND w.sha256 = v.sha256
        WHERE c.move IN ('request_changes', 'return') AND v.number = w.number + 1
        AND v.explanations = w.explanations AND NOT EXISTS (
            SELECT 1 FROM curation_comment AS m WHERE m.parent_id IS NOT NULL AND m.is_sent
            AND m.revision_id = w.id AND m.written_by_id = v.submitted_by_id
        )""",
    "a place kept for somebody who has judged": """
        SELECT k.id FROM curation_claim AS k JOIN curation_review AS r
        ON r.revision_id = k.revision_id AND r.reviewer_id = k.reviewer_id""",
    "released without enough approvals by others": """
        SELECT i.id FROM curation_releaseitem AS i
        JOIN curation_revision AS v ON v.id = i.revision_id
        JOIN curation_problem AS p ON p.id = v.problem_id
        WHERE v.required_approvals > (
            SELECT COUNT(DISTINCT r.reviewer_id) FROM curation_review AS r
            WHERE r.revision_id = v.id AND r.verdict = 'approve' AND r.reviewer_id <> p.author_id
        ) AND NOT EXISTS (
            SELECT 1 FROM curation_coveredrevision AS o
            JOIN curation_provenance AS f ON f.id = o.provenance_id
            JOIN curation_statuschange AS c ON c.revision_id = v.id AND c.move = 'import'
            WHERE o.revision_id = v.id AND c.changed_by_id = f.imported_by_id
        )""",
    "released as another problem's revision": """
        SELECT i.id FROM curation_releaseitem AS i
        JOIN curation_revision AS v ON v.id = i.revision_id WHERE v.problem_id <> i.problem_id""",
    "released in a release that stands or stood, and neither published nor retired with it": """
        SELECT i.id FROM curation_releaseitem AS i JOIN curation_problem AS p ON p.id = i.problem_id
        JOIN curation_release AS l ON l.id = i.release_id
        WHERE l.stage <> 'draft' AND (
            p.status NOT IN ('published', 'retired') OR p.current_revision_id <> i.revision_id
        )""",
    "published in no release, or only in a draft of one": """
        SELECT p.id FROM curation_problem AS p WHERE p.status IN ('published', 'retired')
        AND NOT EXISTS (
            SELECT 1 FROM curation_releaseitem AS i JOIN curation_release AS l
            ON l.id = i.release_id
            WHERE i.revision_id = p.current_revision_id AND l.stage <> 'draft'
        )""",
    "published before its files were complete": """
        SELECT l.id FROM curation_release AS l WHERE l.stage <> 'draft' AND (
            l.status <> 'ready' OR l.published_at IS NULL OR l.published_by_id IS NULL
        )""",
    "yanked without a reason": """
        SELECT l.id FROM curation_release AS l
        WHERE l.stage = 'yanked' AND TRIM(l.yanked_because) = ''""",
    "two drafts at once": """
        SELECT l.id FROM curation_release AS l JOIN curation_release AS m ON m.id < l.id
        WHERE l.stage = 'draft' AND m.stage = 'draft'""",
    "held out after its answer was published": """
        SELECT i.id FROM curation_releaseitem AS i JOIN curation_release AS l
        ON l.id = i.release_id
        WHERE i.is_held_out AND EXISTS (
            SELECT 1 FROM curation_releaseitem AS o JOIN curation_release AS k
            ON k.id = o.release_id
            WHERE o.problem_id = i.problem_id AND NOT o.is_held_out AND k.stage <> 'draft'
            AND k.id < l.id
        )""",
    "having another problem's revision as its current one": """
        SELECT p.id FROM curation_problem AS p
        JOIN curation_revision AS v ON v.id = p.current_revision_id WHERE v.problem_id <> p.id""",
    "moved from a status that the move before did not lead to": """
        SELECT c.id FROM (
            SELECT id, "old", LAG("new", 1, 'draft') OVER (
                PARTITION BY problem_id ORDER BY id
            ) AS led_to FROM curation_statuschange
        ) AS c WHERE c."old" <> c.led_to""",
    "in a status that its last move did not lead to": """
        SELECT p.id FROM curation_problem AS p WHERE p.status <> COALESCE((
            SELECT c."new" FROM curation_statuschange AS c WHERE c.problem_id = p.id
            ORDER BY c.id DESC LIMIT 1
        ), 'draft')""",
}


def broken_invariants() -> dict[str, int]:
    """What is wrong with how many rows: empty while every promise of publication is kept.

    Only for problems that the verbs moved: those of `factories` have no status changes.
    """
    counts = {}
    with connection.cursor() as cursor:
        for what, query in _BROKEN.items():
            cursor.execute(query)
            counts[what] = len(cursor.fetchall())
    counts["approved without a complete checklist"] = sum(
        any(review.checklist.get(item) is not True for item in ITEMS)
        for review in Review.objects.approvals()
    )
    counts["frozen with the hash of another content"] = sum(
        hashlib.sha256(revision.content_json.encode()).hexdigest() != revision.sha256
        for revision in Revision.objects.all()
    )
    return {what: count for what, count in counts.items() if count}
