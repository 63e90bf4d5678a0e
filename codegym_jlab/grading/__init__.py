"""What becomes of an answer, from when it is sent to what its student sees.

Reading order: `manager` takes it, if `admission` lets it in; `judgements` has it judged in a task of its own, by
`grader`, which compares by `checker`; `apply_judgement` is what that changes in the records, `progress` how things
stand then, `feedback` what is shown of it. `sweep` does the same for what was left waiting, `regrade` for what was
judged before, `batch` without records. `units` and `workspace` bring notebooks to a person's folder.
"""
