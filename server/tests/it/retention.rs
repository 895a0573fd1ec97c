//! How long what is kept: what is older goes, and what is the newest word on something stays.

use server::config::Retention;
use server::sweeper::forget;

use crate::imports::ended;
use crate::operator::Operator;
use crate::portals::audit;
use crate::quick::Quick;
use crate::world::{Plan, World};

const DAY: u64 = 86_400_000;

async fn count(world: &World, table: &'static str) -> i64 {
    use sqlx::Connection as _;

    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&world.app().config.storage.path);
    let mut other = sqlx::SqliteConnection::connect_with(&options).await.expect("the database opens");
    let statement = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    sqlx::query_scalar(statement).fetch_one(&mut other).await.expect("a count")
}

#[tokio::test]
async fn a_line_of_the_audit_log_is_kept_for_400_days() {
    let world = World::start().await;
    world.enter("riverside", "Zoë", "").await;
    let written = audit(&world).await.len();
    assert_eq!(written, 2);
    world.clock.advance(400 * DAY - 1);
    forget(&world.app()).await.expect("looked through");
    assert_eq!(audit(&world).await.len(), written);
    world.clock.advance(1);
    forget(&world.app()).await.expect("looked through");
    assert_eq!(audit(&world).await, []);
}

#[tokio::test]
async fn what_is_kept_is_set_and_more_than_a_batch_goes() {
    let mut plan = Plan::new().await;
    plan.config.retention = Retention { audit: 7, ..Retention::default() };
    let world = plan.start().await;
    world
        .by_another_program(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1234)
             INSERT INTO audit (at, portal, actor, action, object)
             SELECT 1764000000000, 'demo', 'operator', 'origin.added', 'https://' || i FROM n",
        )
        .await;
    world.clock.advance(7 * DAY);
    forget(&world.app()).await.expect("looked through");
    assert_eq!(audit(&world).await, []);
}

#[tokio::test]
async fn the_newest_word_on_everything_stays() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    for _ in 0..2 {
        quick.connect(&ann, sandbox::UK_COMPANY).await;
        ended(&quick, &ann).await;
    }
    let world = &quick.world;
    world
        .by_another_program(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 230)
             INSERT INTO configurations SELECT c.id, c.company_id, i, '[]', '[]', 'Ann', 0 FROM n, connections c",
        )
        .await;
    assert_eq!(count(world, "imports").await, 2);
    world.clock.advance(500 * DAY);
    forget(&world.app()).await.expect("looked through");
    assert_eq!(count(world, "imports").await, 1, "the newest import says how the data came");
    assert_eq!(count(world, "import_lists WHERE import NOT IN (SELECT id FROM imports)").await, 0);
    assert_eq!(count(world, "notifications").await, 0);
    assert_eq!(count(world, "attempts").await, 0);
    assert_eq!(count(world, "configurations").await, 200);
    assert_eq!(count(world, "configurations WHERE version > 30").await, 200, "the newest of them");
    assert_eq!(count(world, "connections WHERE live = 1").await, 1, "what is in use is not touched");
    assert!(count(world, "records").await > 0 && count(world, "mappings").await >= 0);
}

#[test]
fn what_cannot_be_kept_so_long_is_told() {
    let operator = Operator::new();
    let wrong =
        format!("{}[retention]\naudit_days = 0\nconfiguration_versions = 3\n", crate::operator::REGISTRATION);
    operator.configure("127.0.0.1:0", &wrong);
    operator.refused(&["audit"], "retention.audit_days is 0; it is 1 to 36500");
    operator.refused(&["audit"], "retention.configuration_versions is 3; it is 10 to 100000");
}
