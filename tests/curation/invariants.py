"""What must hold of publication at any time, asked of the rows in SQL, not of our own code."""

import hashlib

from django.db import connection

from curation.models import Revision

# What is wrong -> a query for the rows of which it is true.
_BROKEN = {
    "approved or published without enough approvals of the current revision by others": """
        SELECT p.id FROM curation_problem AS p
        JOIN curation_revision AS v ON v.id = p.current_revision_id
        WHERE p.status IN ('approved', 'published', 'retired') AND v.required_approvals > (
            SELECT COUNT(DISTINCT r.reviewer_id) FROM curation_review AS r
            WHERE r.revision_id = v.id AND r.verdict = 'approve' AND r.reviewer_id <> p.author_id
        )""",
    "released without enough approvals by others": """
        SELECT i.id FROM curation_releaseitem AS i
        JOIN curation_revision AS v ON v.id = i.revision_id
        JOIN curation_problem AS p ON p.id = v.problem_id
        WHERE v.required_approvals > (
            SELECT COUNT(DISTINCT r.reviewer_id) FROM curation_review AS r
            WHERE r.revision_id = v.id AND r.verdict = 'approve' AND r.reviewer_id <> p.author_id
        )""",
    "released as another problem's revision": """
        SELECT i.id FROM curation_releaseitem AS i
        JOIN curation_revision AS v ON v.id = i.revision_id WHERE v.problem_id <> i.problem_id""",
    "released, and neither published nor retired with that revision": """
        SELECT i.id FROM curation_releaseitem AS i JOIN curation_problem AS p ON p.id = i.problem_id
        WHERE p.status NOT IN ('published', 'retired') OR p.current_revision_id <> i.revision_id""",
    "published in no release": """
        SELECT p.id FROM curation_problem AS p WHERE p.status IN ('published', 'retired')
        AND NOT EXISTS (
            SELECT 1 FROM curation_releaseitem AS i WHERE i.revision_id = p.current_revision_id
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
    counts["frozen with the hash of another content"] = sum(
        hashlib.sha256(revision.content_json.encode()).hexdigest() != revision.sha256
        for revision in Revision.objects.all()
    )
    return {what: count for what, count in counts.items() if count}
