"""Deliveries that are long over move to a table of their own, by a function of the database.

No server's role may delete a row, so the owner's function does it, and what is over and for how
long it rests is said in there and nowhere else.
"""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from referrals.migrations._walls import grant, role, wall

TABLE = "coordination_pastdelivery"
COLUMNS = (
    "uuid, obligation_id, contact_point_id, channel, message, round, rung, priority, state, "
    "created_at, due_at, attempts, sent_at, delivered_at, dead_at, provider_message_id, error_code"
)
# One call is one transaction: all of a batch is moved, or nothing. What a worker or a report holds
# is left for the next time.
MOVE = f"""
    CREATE FUNCTION tandem_move_to_history(most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        rested CONSTANT timestamptz := clock_timestamp() - interval '30 days';
        maintenance text := coalesce(current_setting('tandem.maintenance', true), '');
        ignored text := coalesce(current_setting('pgtrigger.ignore', true), '{{}}');
        chosen uuid[];
    BEGIN
        PERFORM set_config('tandem.maintenance', 'on', true);
        PERFORM set_config(
            'pgtrigger.ignore', '{{pgtrigger_attempt_is_never_deleted_07bcf}}', true
        );
        -- One look into an index a row: a join might be planned to read all that ever was.
        SELECT array_agg(uuid) INTO chosen FROM (
            SELECT d.uuid FROM coordination_delivery d
            WHERE d.state IN ('sent', 'delivered', 'dead', 'cancelled')
              AND d.channel NOT IN ('answering_service', 'hospital_operator')
              AND d.created_at < rested
              AND greatest(d.due_at, d.sent_at, d.delivered_at, d.dead_at) < rested
              AND (
                  SELECT o.state <> 'running' AND (o.alert_id IS NULL OR (
                      SELECT a.closed_at FROM coordination_alert a WHERE a.id = o.alert_id
                  ) < rested)
                  FROM coordination_obligation o WHERE o.id = d.obligation_id
              )
            ORDER BY d.created_at LIMIT most
            FOR UPDATE OF d SKIP LOCKED
        ) over;
        INSERT INTO {TABLE} ({COLUMNS}, tries, moved_at)
        SELECT {COLUMNS}, coalesce((
            SELECT jsonb_agg(to_jsonb(t) - 'id' - 'delivery_id' ORDER BY t.n)
            FROM coordination_deliveryattempt t WHERE t.delivery_id = d.uuid
        ), '[]'), clock_timestamp()
        FROM coordination_delivery d WHERE d.uuid = ANY (chosen);
        DELETE FROM coordination_deliveryattempt WHERE delivery_id = ANY (chosen);
        DELETE FROM coordination_delivery WHERE uuid = ANY (chosen);
        PERFORM set_config('tandem.maintenance', maintenance, true);
        PERFORM set_config('pgtrigger.ignore', ignored, true);
        RETURN coalesce(cardinality(chosen), 0);
    END $$
"""
SQL = [
    *wall(
        TABLE,
        visible="EXISTS (SELECT 1 FROM coordination_obligation o WHERE o.id = obligation_id)",
    ),
    *grant({TABLE: "SELECT"}, to="app"),
    *grant({TABLE: "SELECT"}, to="engine"),
    MOVE,
    "REVOKE ALL ON FUNCTION tandem_move_to_history FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION tandem_move_to_history TO {role('engine')}",
]


class Migration(migrations.Migration):

    dependencies = [
        ('coordination', '0015_providers'),
    ]

    operations = [
        migrations.CreateModel(
            name='PastDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(unique=True)),
                ('channel', models.CharField(max_length=24)),
                ('message', models.CharField(max_length=24)),
                ('round', models.PositiveIntegerField()),
                ('rung', models.PositiveSmallIntegerField()),
                ('priority', models.PositiveSmallIntegerField()),
                ('state', models.CharField(max_length=10)),
                ('created_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('attempts', models.PositiveIntegerField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('delivered_at', models.DateTimeField(null=True)),
                ('dead_at', models.DateTimeField(null=True)),
                ('provider_message_id', models.CharField(blank=True, max_length=80)),
                ('error_code', models.CharField(blank=True, max_length=40)),
                ('tries', models.JSONField(help_text='The attempts, in their order.')),
                ('moved_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'past deliveries',
            },
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state__in', ('sent', 'delivered', 'dead', 'cancelled')), models.Q(('channel__in', ('answering_service', 'hospital_operator')), _negated=True)), fields=['created_at'], name='delivery_that_is_over'),
        ),
        migrations.AddField(
            model_name='pastdelivery',
            name='contact_point',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='past_deliveries', to='coordination.contactpoint'),
        ),
        migrations.AddField(
            model_name='pastdelivery',
            name='obligation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='past_deliveries', to='coordination.obligation'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pastdelivery',
            trigger=pgtrigger.compiler.Trigger(name='past_delivery_is_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='1edca2682eb6ce7d0cc1464fc79bfaa7b074e2d9', operation='UPDATE OR DELETE', pgid='pgtrigger_past_delivery_is_append_only_8a11c', table='coordination_pastdelivery', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pastdelivery',
            trigger=pgtrigger.compiler.Trigger(name='past_delivery_is_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='c48fa3be538e197c297fe944d430f07c13bb71ab', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_past_delivery_is_never_emptied_ddc6e', table='coordination_pastdelivery', when='BEFORE')),
        ),
        migrations.RunSQL(";\n".join(SQL)),
    ]
