-- The desk's two roles. Run it in the desk's own database as a superuser, as often as you like; give each role its
-- password by ALTER ROLE. An extension stays whoever's made it: nothing of the desk changes one.
DO $roles$
DECLARE
    statement text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_owner') THEN
        CREATE ROLE desk_owner LOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_runtime') THEN
        CREATE ROLE desk_runtime LOGIN;
    END IF;
    EXECUTE format('ALTER DATABASE %I OWNER TO desk_owner', current_database());
    ALTER SCHEMA public OWNER TO pg_database_owner;
    -- An installation that has run as one role so far hands over what that role owns.
    FOR statement IN
        SELECT format('ALTER TABLE %s OWNER TO desk_owner', c.oid::regclass)
          FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
           AND c.relowner <> 'desk_owner'::regrole
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
        UNION ALL
        SELECT format('ALTER ROUTINE %s OWNER TO desk_owner', p.oid::regprocedure)
          FROM pg_proc p
         WHERE p.pronamespace = 'public'::regnamespace AND p.proowner <> 'desk_owner'::regrole
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP
        EXECUTE statement;
    END LOOP;
END
$roles$;
