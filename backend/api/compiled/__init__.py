"""The compiled read path: queries answered without walking their document again for every object.

graphql-core walks the document for each object of an answer: a page of fifty accounts with twelve fields is six
hundred steps of a few microseconds each, and fifty awaited loads. This room walks the document once, when it first
sees it, and makes a *plan*: for each selection set a list of columns. Running the plan answers a whole level at once:

    objects of a level  ->  one column of values for each field  ->  one dictionary for each object

- ``plans.py`` walks a document with graphql-core's own ``collect_fields``, so fragments, aliases, ``@skip`` and
  ``@include`` mean what they mean there. A plan is of a document, an operation and an outcome of those directives;
  those that were used last are kept.
- ``columns.py`` obtains a field's values: it calls the field's own resolver, the very function that the ordinary
  executor calls. No field is written twice, and a new one needs nothing here. The guards of a field are checked at each
  run, before it; its arguments are made once for all who send the same variables. A resolver that was made to answer
  for a whole level (``backend/api/core/field_resolvers.py``) is called once, and reads the rows beneath the objects by
  column.
  Any other that is awaited is awaited for the whole level (``gather.py``): its coroutines are tasks, and what they
  ask loaders for is fetched in one statement each.
- ``row_json.py`` goes one step further for a list whose objects are asked for nothing but what SQL can say: the
  statement that finds the rows answers with the finished JSON of each, and no value of it becomes an object of Python.
- ``completion.py`` makes of values what the answer shows: leaves as text, numbers and dates, objects by the plan of
  their type, lists and objects of an interface as one level, whatever their number. What stands in many places by
  intent (``Interned``) is completed once.
- ``reader.py`` decides which operations come this way: queries that are permitted by the same functions that the
  ordinary executor's extensions call (``backend/api/execution/validation.py``).

A step that waits for nothing is a plain function and answers at once; the others are coroutines (``Values``).

Nothing is approximated. Whatever a plan cannot do, and whatever goes wrong while one runs (a guard that refuses, a
null where none may be, a value that fits no type), ends the run, and the ordinary executor answers from the start: it
alone owns errors and the rules for nulls. Queries have no side effects, so running one again is safe.
``test_compiled.py`` and ``test_row_json.py`` (``tests/api``) hold both executors against each other on generated
documents.

A resolver may not read ``info.path``, which is not known for a whole level; nor may it change what it is given.
"""

from backend.api.compiled.reader import Reader, RunFailed

__all__ = ["Reader", "RunFailed"]
